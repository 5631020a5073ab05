//go:build (!amd64 && !arm64) || noasm

package isa

// Available returns the paths that can run here.
func Available() []Path { return []Path{Portable} }
