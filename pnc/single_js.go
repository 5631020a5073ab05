package pnc

// single says that a page has no arithmetic in float32: kernels of both precisions are
// a tenth of the program, and WebAssembly is hardly faster with the shorter one.
const single = false
