//go:build !noasm

package isa

// Available returns the paths that can run here, slowest first.
func Available() []Path { return []Path{Portable, NEON} }
