//go:build !noasm

package isa

import "golang.org/x/sys/cpu"

// best returns the fastest path that can run here. Each path includes those
// below it. Package cpu reports AVX-512 only where the system saves its
// registers, and reads GODEBUG.
func best() Path {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA || !x.HasBMI2:
		return Portable
	case !x.HasAVX512F || !x.HasAVX512BW || !x.HasAVX512DQ || !x.HasAVX512VL:
		return AVX2
	}
	return AVX512
}
