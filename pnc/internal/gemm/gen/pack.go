package main

import (
	"github.com/mmcloughlin/avo/operand"

	"pnclab/pnc/internal/gemm/emit"
)

// copyRows writes the kernel that packs rows of at most two vectors. It stores
// whole vectors, which costs less than to store a part: what lies behind a row
// must be free to be overwritten.
func copyRows(f *emit.File, t emit.Target) {
	k := f.Kernel(t, "copyRows", "(rows, cols int, src *T, lds int, dst *T, ldd int)",
		"copies rows of cols elements, lds apart, to rows ldd apart.")
	rows, cols := k.Int("rows"), k.Int("cols")
	src, lds, dst, ldd := k.Int("src"), k.Stride("lds"), k.Int("dst"), k.Stride("ldd")
	v := k.Vecs(2)
	loop := func(label string, vectors int) {
		mask := k.Mask(cols)
		k.Label(label)
		for j := range vectors {
			from := operand.Mem{Base: src, Disp: j * t.Bytes()}
			if j == vectors-1 {
				k.LoadMask(from, mask, v[j])
			} else {
				k.Move(from, v[j])
			}
			k.Move(v[j], operand.Mem{Base: dst, Disp: j * t.Bytes()})
		}
		k.ADDQ(lds, src)
		k.ADDQ(ldd, dst)
		k.DECQ(rows)
		emit.Goto(k.JNZ, label)
		k.End()
	}
	k.CMPQ(cols, operand.U8(t.Lanes()))
	emit.Goto(k.JA, "wide")
	loop("one", 1)
	k.Label("wide")
	k.SUBQ(operand.U8(t.Lanes()), cols)
	loop("two", 2)
}

// transpose32 writes the kernel that transposes 8 rows of float32, eight
// columns at a time.
func transpose32(f *emit.File) {
	t := emit.Target{ISA: emit.AVX2, Bits: 32}
	k := f.Kernel(t, "transpose", "(blocks int, src *T, lds int, dst *T, ldd int)",
		"transposes 8 rows of 8*blocks elements.")
	row, put, next := transposeLoop(k, 8)

	r := k.Vecs(8)
	for i := range r {
		k.VMOVUPS(row(i), r[i])
	}
	// Pairs of rows, then fours, within each half of a register, ...
	pairs := k.Vecs(8)
	for i := 0; i < 8; i += 2 {
		k.VUNPCKLPS(r[i+1], r[i], pairs[i])
		k.VUNPCKHPS(r[i+1], r[i], pairs[i+1])
	}
	fours := k.Vecs(8)
	for i := 0; i < 8; i += 4 {
		for h := range 2 {
			k.VUNPCKLPD(pairs[i+h+2], pairs[i+h], fours[i+2*h])
			k.VUNPCKHPD(pairs[i+h+2], pairs[i+h], fours[i+2*h+1])
		}
	}
	// ... then the halves: columns 0-3 lie in the lower ones, 4-7 in the upper.
	out := k.YMM()
	for c := range 8 {
		lo, hi := fours[c%4], fours[c%4+4]
		if c < 4 {
			k.VINSERTF128(operand.U8(1), hi.AsX(), lo, out)
		} else {
			k.VPERM2F128(operand.U8(0x31), hi, lo, out)
		}
		k.VMOVUPS(out, put(c))
	}
	next()
}

// transpose64 writes the kernel that transposes 4 rows of float64, four columns
// at a time.
func transpose64(f *emit.File) {
	t := emit.Target{ISA: emit.AVX2, Bits: 64}
	k := f.Kernel(t, "transpose", "(blocks int, src *T, lds int, dst *T, ldd int)",
		"transposes 4 rows of 4*blocks elements.")
	row, put, next := transposeLoop(k, 4)

	r := k.Vecs(4)
	for i := range r {
		k.VMOVUPD(row(i), r[i])
	}
	pairs := k.Vecs(4)
	for i := 0; i < 4; i += 2 {
		k.VUNPCKLPD(r[i+1], r[i], pairs[i])
		k.VUNPCKHPD(r[i+1], r[i], pairs[i+1])
	}
	out := k.YMM()
	for c := range 4 {
		halves := operand.U8(0x20 + 0x11*(c/2))
		k.VPERM2F128(halves, pairs[c%2+2], pairs[c%2], out)
		k.VMOVUPD(out, put(c))
	}
	next()
}

// transposeLoop starts the loop over n×n blocks of n rows. It returns the
// addresses of the rows of a block, of the rows of its transpose, and what ends
// the loop and the kernel.
func transposeLoop(k *emit.Kernel, n int) (row, put func(int) operand.Mem, next func()) {
	blocks, src, dst := k.Int("blocks"), k.Int("src"), k.Int("dst")
	lds, ldd := k.Stride("lds"), k.Stride("ldd")
	row = rowAddress(k, src, lds, n)
	put = rowAddress(k, dst, ldd, n)
	k.Label("block")
	return row, put, func() {
		k.ADDQ(operand.U8(k.Bytes()), src)
		k.LEAQ(operand.Mem{Base: dst, Index: ldd, Scale: uint8(n)}, dst)
		k.DECQ(blocks)
		emit.Goto(k.JNZ, "block")
		k.End()
	}
}
