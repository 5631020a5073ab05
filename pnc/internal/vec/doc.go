// Package vec computes what training does to vectors between its matrix products:
// sums, batch normalisation and ReLU forward and backward, the update of the weights,
// the conversion of bytes to numbers. Each function reads and writes every element
// once.
//
// The engine stores one row per feature and one column per sample, so a vector is one
// feature over a batch. What is constant in a call (mean, scale, bias) belongs to a
// feature.
//
// All vectors of a call must have the same length, or it panics. A result may be
// stored in place of an operand, beginning at the same element, but must not overlap
// one otherwise. NaN propagates, also through ReLU.
//
// Kernels are chosen as in package gemm, see isa. Sums are computed in a fixed order,
// which differs between paths; so may the last bits.
package vec
