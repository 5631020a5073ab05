// Package vec holds the passes over vectors between the matrix products of
// training: sums, batch normalisation and ReLU forward and backward, the update
// of the weights, bytes to numbers. Each reads and writes every element once.
//
// The engine keeps features × samples: a vector is one feature over a batch. So
// what is constant in a call (mean, scale, bias) is what belongs to a feature.
//
// Vectors of a call have the same length, or it panics. A result may be stored
// where an operand was, from its first element on, but must not overlap one
// otherwise. NaN propagates, through ReLU as well.
//
// The kernels are chosen as those of package gemm, see isa. Sums are made in a
// fixed order; it differs between paths, and so may the last bits.
package vec
