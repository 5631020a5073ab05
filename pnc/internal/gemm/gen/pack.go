package main

import (
	"fmt"
	"math/bits"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"pnclab/pnc/internal/gemm/emit"
)

// copyRows writes the kernel that packs rows of at most two vectors. It stores whole
// vectors, which costs less than storing a part of one, so the memory behind a row
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

// packTall writes the kernel that packs rows with as many elements as the tallest
// tile has rows, one directly after another. It assembles three vectors at a time
// from as many rows as they hold, and writes nothing beyond them.
func packTall(f *emit.File, t emit.Target) {
	width := heights[t.ISA][0]
	rows := 3 * t.Lanes() / width
	k := f.Kernel(t, "packTall", "(blocks int, src *T, lds int, dst *T)",
		fmt.Sprintf("copies %d*blocks rows of %d elements, lds apart.", rows, width))
	blocks, src, lds, dst := k.Int("blocks"), k.Int("src"), k.Stride("lds"), k.Int("dst")
	row := rowAddress(k, src, lds, rows)
	down, n := k.GP64(), k.GP64()
	k.MOVQ(lds, down)
	k.SHLQ(operand.U8(bits.TrailingZeros(uint(rows))), down)
	// Lane j of vector v belongs to element v*lanes+j-r*width of row r.
	v := k.Vecs(3)
	first, second := make([]emit.Mask, 3), make([]emit.Mask, 3)
	for i := range v {
		if end := (i*t.Lanes()/width + 1) * width; end < (i+1)*t.Lanes() {
			k.MOVQ(operand.I32(end-i*t.Lanes()), n)
			first[i] = k.Mask(n)
			second[i] = k.K()
			k.KNOTW(first[i], second[i])
		}
	}
	k.Label("block")
	for i := range v {
		r := i * t.Lanes() / width
		from := func(r int) operand.Mem {
			m := row(r)
			m.Disp = (i*t.Lanes() - r*width) * t.Size()
			return m
		}
		if first[i] == nil {
			k.Move(from(r), v[i])
		} else {
			k.LoadMask(from(r), first[i], v[i])
			k.MergeMask(from(r+1), second[i], v[i])
		}
		k.Move(v[i], operand.Mem{Base: dst, Disp: i * t.Bytes()})
	}
	k.ADDQ(down, src)
	k.ADDQ(operand.I32(3*t.Bytes()), dst)
	k.DECQ(blocks)
	emit.Goto(k.JNZ, "block")
	k.End()
}

// transpose32 writes the kernel that transposes 4 rows of float32, one vector of
// columns at a time.
func transpose32(f *emit.File, isa emit.ISA) {
	t := emit.Target{ISA: isa, Bits: 32}
	k := f.Kernel(t, "transpose", "(blocks int, src *T, lds int, dst *T, ldd int)",
		fmt.Sprintf("transposes 4 rows of %d*blocks elements.", t.Lanes()))
	row, put, next := transposeLoop(k, t.Lanes())

	r := k.Vecs(4)
	for i := range r {
		k.VMOVUPS(row(i), r[i])
	}
	// Each 128 bits are a block of 4×4: pairs of rows, then all four.
	pairs, out := k.Vecs(4), k.Vecs(4)
	for i := range 2 {
		k.VUNPCKLPS(r[2*i+1], r[2*i], pairs[i])
		k.VUNPCKHPS(r[2*i+1], r[2*i], pairs[i+2])
	}
	for h := range 2 {
		k.VUNPCKLPD(pairs[2*h+1], pairs[2*h], out[2*h])
		k.VUNPCKHPD(pairs[2*h+1], pairs[2*h], out[2*h+1])
	}
	for q := range t.Lanes() / 4 {
		for c, v := range out {
			switch {
			case q == 0:
				k.VMOVUPS(v.AsX(), put(4*q+c))
			case isa == emit.AVX512:
				k.VEXTRACTF32X4(operand.U8(q), v, put(4*q+c))
			default:
				k.VEXTRACTF128(operand.U8(q), v, put(4*q+c))
			}
		}
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

// transpose64Wide is transpose64 for AVX-512, eight columns at a time.
func transpose64Wide(f *emit.File) {
	t := emit.Target{ISA: emit.AVX512, Bits: 64}
	k := f.Kernel(t, "transpose", "(blocks int, src *T, lds int, dst *T, ldd int)",
		"transposes 4 rows of 8*blocks elements.")
	bits, odd, even := k.GP32(), k.K(), k.K() // pairs of lanes
	k.MOVL(operand.U32(0xcc), bits)
	k.KMOVW(bits, odd)
	k.KNOTW(odd, even)
	row, put, next := transposeLoop(k, 8)

	r := k.Vecs(4)
	for i := range r {
		k.VMOVUPD(row(i), r[i])
	}
	for h := range 2 { // columns 0, 2, 4 and 6, then the others
		top, bottom, out := k.Vec(), k.Vec(), k.Vec()
		if h == 0 {
			k.VUNPCKLPD(r[1], r[0], top)
			k.VUNPCKLPD(r[3], r[2], bottom)
		} else {
			k.VUNPCKHPD(r[1], r[0], top)
			k.VUNPCKHPD(r[3], r[2], bottom)
		}
		k.VMOVAPD(top, out)
		k.VALIGNQ(operand.U8(6), bottom, bottom, odd, out)
		k.VALIGNQ(operand.U8(2), top, top, even, bottom)
		for i, v := range []reg.VecVirtual{out, bottom} {
			k.VMOVUPD(v.AsY(), put(2*i+h))
			k.VEXTRACTF64X4(operand.U8(1), v, put(2*i+h+4))
		}
	}
	next()
}

// transposeLoop starts the loop over blocks of 4 rows and n columns. It returns
// functions for the address of a row of a block (row) and of a row of its transpose
// (put), and one that ends the loop and the kernel (next).
func transposeLoop(k *emit.Kernel, n int) (row, put func(int) operand.Mem, next func()) {
	blocks, src, dst := k.Int("blocks"), k.Int("src"), k.Int("dst")
	lds, ldd := k.Stride("lds"), k.Stride("ldd")
	row = rowAddress(k, src, lds, 4)
	put = rowAddress(k, dst, ldd, n)
	down := k.GP64()
	k.MOVQ(ldd, down)
	k.SHLQ(operand.U8(bits.TrailingZeros(uint(n))), down)
	k.Label("block")
	return row, put, func() {
		k.ADDQ(operand.U8(n*k.Size()), src)
		for i := 0; i < n; i += 8 {
			k.ADDQ(down, put(i).Base)
		}
		k.DECQ(blocks)
		emit.Goto(k.JNZ, "block")
		k.End()
	}
}
