//go:build !noasm

package isa

import "golang.org/x/sys/cpu"

// Available returns the paths that can run here, slowest first. Package cpu reports
// AVX-512 only if the operating system saves its registers, and it reads GODEBUG.
func Available() []Path {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA || !x.HasBMI2:
		return []Path{Portable}
	case !x.HasAVX512F || !x.HasAVX512BW || !x.HasAVX512DQ || !x.HasAVX512VL:
		return []Path{Portable, AVX2}
	}
	return []Path{Portable, AVX2, AVX512}
}
