// Package openblas multiplies matrices with the C library OpenBLAS, for comparison
// and for processors that package gemm has no kernels for. It is empty unless built
// with cgo and the tag openblas, which requires the library and its headers
// (libopenblas-dev on Debian).
package openblas
