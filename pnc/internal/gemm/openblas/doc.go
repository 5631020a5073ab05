// Package openblas multiplies matrices by the C library OpenBLAS, for
// comparison and for processors without kernels of our own. It is empty unless
// built with cgo and the tag openblas, which needs the library and its headers
// (libopenblas-dev on Debian).
package openblas
