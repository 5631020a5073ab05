// Package linalg holds the matrix functions that the laboratory needs beyond
// gonum's: products and QR on this module's kernels, random orthonormal matrices,
// and decompositions that return a result for any input.
package linalg
