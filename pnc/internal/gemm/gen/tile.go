package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"pnclab/pnc/internal/gemm/emit"
)

// heights lists the numbers of rows of tiles. The tallest tile, if it is two vectors
// wide, fills the registers; the others add up to any remainder without padding.
var heights = map[emit.ISA][]int{
	emit.AVX512: {12, 6, 4, 3, 2, 1},
	emit.AVX2:   {6, 4, 3, 2, 1},
}

// layout is how the elements of A that a tile needs are stored.
type layout int

const (
	strided   layout = iota // any distance between rows and columns
	byRows                  // the elements of a row are adjacent
	byColumns               // the elements of a column are adjacent
)

// name returns the first part of the names of kernels for the layout.
func (l layout) name() string { return [...]string{"tile", "rows", "columns"}[l] }

// tile writes the kernel that computes rows×vectors of C in registers, one
// rank-one update for each l < k:
//
//	acc[i][j] += a[i*rsa+l*csa] * b[l*rsb+j]
//	c[i*rsc+j] = alpha*acc[i][j] + beta*c[i*rsc+j]
//
// where j runs over all columns of the vectors but the last, and over the first cols
// of that. Vectors of B are read whole, but for the last one with AVX-512.
func tile(f *emit.File, t emit.Target, rows, vectors int, l layout) {
	k := f.Kernel(t, fmt.Sprintf("%s%dx%d", l.name(), rows, vectors),
		"(k int, a *T, rsa, csa int, b *T, rsb int, c *T, rsc, cols int, alpha, beta T, ahead *[2]uintptr)",
		fmt.Sprintf("multiplies %d rows of A with %d vectors of B.", rows, vectors))

	acc := make([][]reg.VecVirtual, rows)
	for i := range acc {
		acc[i] = k.Vecs(vectors)
		for _, v := range acc[i] {
			k.Zero(v)
		}
	}
	prefetch(k, k.Int("c"), k.Stride("rsc"), rows, vectors)
	var mask emit.Mask // of the last vector
	if t.ISA == emit.AVX512 {
		mask = k.Mask(k.Int("cols"))
	}
	accumulate(k, acc, l, mask)
	finish(k, acc, mask)
}

// prefetch appends instructions that fetch the tile's rows of C into the cache. They
// are needed after the loop.
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

// unroll is the number of steps along k in one round of the loop. Kernels for
// arbitrary strides do one step per round: they have no registers to spare.
const unroll = 4

// accumulate appends the loop over k. Without a mask, the last vector of B is read whole.
//
// Where another thread runs on the same core, speed is limited by the rate of
// instructions and not by that of multiplications: every instruction saved counts.
func accumulate(k *emit.Kernel, acc [][]reg.VecVirtual, l layout, mask emit.Mask) {
	a, b := newOperandA(k, l, len(acc)), newOperandB(k, l)
	bv, av := k.Vecs(len(acc[0])), k.Vecs(min(len(acc), 2))
	step := func(u int) {
		for j, v := range bv {
			if mask != nil && j == len(bv)-1 {
				k.LoadMask(b.at(u, j), mask, v)
			} else {
				k.Move(b.at(u, j), v)
			}
		}
		for i, sums := range acc {
			x := av[i%len(av)]
			if a.embedded(i) {
				for j, v := range bv {
					k.MulAddBroadcast(v, a.at(i, u), sums[j])
				}
				continue
			}
			k.Broadcast(a.at(i, u), x)
			for j, v := range bv {
				k.MulAdd(v, x, sums[j])
			}
		}
		a.step()
	}

	steps := k.Int("k")
	if l != strided {
		ahead := newPath(k)
		k.SUBQ(operand.U8(unroll), steps)
		emit.Goto(k.JLT, "rest")
		k.Label("loop")
		for u := range unroll {
			step(u)
		}
		ahead.fetch()
		a.advance(unroll)
		b.advance(unroll)
		k.SUBQ(operand.U8(unroll), steps)
		emit.Goto(k.JGE, "loop")
		k.Label("rest")
		k.ADDQ(operand.U8(unroll), steps)
		emit.Goto(k.JZ, "summed")
	}
	k.Label("single")
	step(0)
	a.advance(1)
	b.advance(1)
	k.DECQ(steps)
	emit.Goto(k.JNZ, "single")
	k.Label("summed")
}

// finish appends the instructions that add the sums to C, and ends the kernel.
func finish(k *emit.Kernel, acc [][]reg.VecVirtual, mask emit.Mask) {
	c, rsc, cols := k.Int("c"), k.Stride("rsc"), k.Int("cols")
	if mask == nil {
		mask = k.Mask(cols)
	}
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
