package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"pnclab/pnc/internal/gemm/emit"
)

// heights lists the tiles' numbers of rows. The tallest, two vectors wide,
// fills the registers; the others make up any remainder without padding.
var heights = map[emit.ISA][]int{
	emit.AVX512: {12, 6, 4, 2, 1},
	emit.AVX2:   {6, 4, 2, 1},
}

// tile writes the kernel that computes rows×vectors of C in registers, one
// rank-one update for each l < k:
//
//	acc[i][j] += a[i*rsa+l*csa] * b[l*rsb+j]
//	c[i*rsc+j] = alpha*acc[i][j] + beta*c[i*rsc+j]
//
// where cols is the number of columns kept of the last vector. With AVX-512
// only those are read of B; with AVX2 the vectors of B are read whole.
func tile(f *emit.File, t emit.Target, rows, vectors int) {
	k := f.Kernel(t, fmt.Sprintf("tile%dx%d", rows, vectors),
		"(k int, a *T, rsa, csa int, b *T, rsb int, c *T, rsc, cols int, alpha, beta T)",
		fmt.Sprintf("multiplies %d rows of A with %d vectors of B.", rows, vectors))

	acc := make([][]reg.VecVirtual, rows)
	for i := range acc {
		acc[i] = k.Vecs(vectors)
		for _, v := range acc[i] {
			k.Zero(v)
		}
	}
	cols := k.Int("cols")
	var mask emit.Mask
	if t.ISA == emit.AVX512 {
		mask = k.Mask(cols)
	}
	c, rsc := k.Int("c"), k.Stride("rsc")
	prefetch(k, c, rsc, rows, vectors)
	accumulate(k, acc, mask)
	if mask == nil { // while adding up, there was no register to spare
		mask = k.Mask(cols)
	}
	finish(k, acc, c, rsc, cols, mask)
}

// prefetch fetches the tile's rows of C into the cache. They are needed after the
// loop.
func prefetch(k *emit.Kernel, c, rsc reg.GPVirtual, rows, vectors int) {
	p := k.GP64()
	k.MOVQ(c, p)
	for range rows {
		for j := 0; j < vectors*k.Bytes(); j += 64 {
			k.PREFETCHT0(operand.Mem{Base: p, Disp: j})
		}
		k.ADDQ(rsc, p)
	}
}

// accumulate appends the loop over k. If there is a mask, it is for the last
// vector of a row of B.
func accumulate(k *emit.Kernel, acc [][]reg.VecVirtual, mask emit.Mask) {
	rows, vectors := len(acc), len(acc[0])
	steps, a, b := k.Int("k"), k.Int("a"), k.Int("b")
	rsa, csa, rsb := k.Stride("rsa"), k.Stride("csa"), k.Stride("rsb")
	row := rowAddress(k, a, rsa, rows)
	bv := k.Vecs(vectors)
	av := k.Vecs(min(rows, 2))

	k.Label("loop")
	for j, v := range bv {
		addr := operand.Mem{Base: b, Disp: j * k.Bytes()}
		if mask != nil && j == vectors-1 {
			k.LoadMask(addr, mask, v)
		} else {
			k.Move(addr, v)
		}
	}
	k.ADDQ(rsb, b)
	for i := range rows {
		x := av[i%len(av)]
		k.Broadcast(row(i), x)
		for j := range vectors {
			k.MulAdd(bv[j], x, acc[i][j])
		}
	}
	for i := 0; i < rows; i += 8 {
		k.ADDQ(csa, row(i).Base)
	}
	k.DECQ(steps)
	emit.Goto(k.JNZ, "loop")
}

// finish appends what takes the sums to C and ends the kernel.
func finish(k *emit.Kernel, acc [][]reg.VecVirtual, c, rsc, cols reg.GPVirtual, mask emit.Mask) {
	last := len(acc[0]) - 1
	at := func(p reg.Register, j int) operand.Mem { return operand.Mem{Base: p, Disp: j * k.Bytes()} }

	k.Comment("acc *= alpha")
	alpha := k.Vec()
	k.Broadcast(k.ParamAddr("alpha"), alpha)
	for _, row := range acc {
		for _, v := range row {
			k.Mul(alpha, v, v)
		}
	}

	k.Comment("acc += beta*C unless beta is zero")
	bits := k.GP64()
	if k.Bits == 32 {
		k.MOVL(k.ParamAddr("beta"), bits.As32())
		k.SHLL(operand.U8(1), bits.As32())
	} else {
		k.MOVQ(k.ParamAddr("beta"), bits)
		k.SHLQ(operand.U8(1), bits)
	}
	emit.Goto(k.JZ, "store")
	beta, old, p := k.Vec(), k.Vec(), k.GP64()
	k.Broadcast(k.ParamAddr("beta"), beta)
	k.MOVQ(c, p)
	for _, row := range acc {
		for j, v := range row {
			if j == last {
				k.LoadMask(at(p, j), mask, old)
			} else {
				k.Move(at(p, j), old)
			}
			k.MulAdd(old, beta, v)
		}
		k.ADDQ(rsc, p)
	}

	store := func(last int) {
		for _, row := range acc {
			for j, v := range row {
				if j == last {
					k.StoreMask(v, mask, at(c, j))
				} else {
					k.Move(v, at(c, j))
				}
			}
			k.ADDQ(rsc, c)
		}
		k.End()
	}
	k.Label("store")
	if k.ISA == emit.AVX2 { // its masked stores are slow
		k.CMPQ(cols, operand.U8(k.Lanes()))
		emit.Goto(k.JB, "edge")
		store(-1)
		k.Label("edge")
	}
	store(last)
}

// rowAddress returns a function giving the address of the i-th of up to 16 rows
// that start at base and are stride bytes apart. Rows 0 and 8 are addressed by
// a register each; advancing these advances all.
func rowAddress(k *emit.Kernel, base, stride reg.GPVirtual, rows int) func(i int) operand.Mem {
	multiple := map[int]reg.GPVirtual{1: stride}
	lea := func(n, times int) {
		multiple[n] = k.GP64()
		k.LEAQ(operand.Mem{Base: multiple[n-times], Index: stride, Scale: uint8(times)}, multiple[n])
	}
	if rows > 3 {
		lea(3, 2)
	}
	if rows > 5 {
		lea(5, 4)
	}
	if rows > 7 {
		lea(7, 4)
	}
	bases := []reg.GPVirtual{base}
	if rows > 8 {
		next := k.GP64()
		k.LEAQ(operand.Mem{Base: base, Index: stride, Scale: 8}, next)
		bases = append(bases, next)
	}
	return func(i int) operand.Mem {
		m := operand.Mem{Base: bases[i/8]}
		switch i %= 8; i {
		case 0:
		case 1, 3, 5, 7:
			m.Index, m.Scale = multiple[i], 1
		case 2, 4:
			m.Index, m.Scale = stride, uint8(i)
		case 6:
			m.Index, m.Scale = multiple[3], 2
		}
		return m
	}
}
