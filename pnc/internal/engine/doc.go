// Package engine runs a network in one precision: forward, backward, and one step
// of gradient descent. It knows layers and batches of samples, nothing of data
// sets, training runs or measures.
//
// Features are stored features×batch, one feature a contiguous row of B samples,
// and weights out×in, so that the three products of a layer are
//
//	Z  = W A      forward
//	dA = Wᵀ dZ    gradient of the features
//	dW = dZ Aᵀ    gradient of the weights
//
// and everything that works feature by feature (bias, BatchNorm, ReLU) runs along
// rows. The features of an image are channels × height × width rows, so that a
// channel is contiguous as well. Only the input of a matrix keeps samples as rows,
// the way data sets deliver it.
//
// Goroutines share the rows of a layer. What they need to know of the call at hand
// is a value of that call, a pass; its memory is used again, so that no step
// allocates.
package engine
