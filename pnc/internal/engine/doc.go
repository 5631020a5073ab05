// Package engine runs a network in one precision: forward, backward, and one step
// of gradient descent. It deals with layers and batches of samples and knows nothing
// about data sets, training runs or measures.
//
// Features are stored as features×batch matrices, in which one feature is a
// contiguous row of B samples, and weights as out×in matrices, so that the three
// products of a layer are
//
//	Z  = W A      forward
//	dA = Wᵀ dZ    gradient of the features
//	dW = dZ Aᵀ    gradient of the weights
//
// and everything that works feature by feature (bias, BatchNorm, ReLU) runs along
// rows. The features of an image are channels × height × width rows, so that a
// channel is contiguous as well. Only the input of a matrix keeps samples as rows,
// as data sets provide it.
//
// Goroutines share the rows of a layer. What they need to know about the current
// call is a value that belongs to that call, a pass; its memory is reused, so that
// no step allocates.
package engine
