package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"pnclab/pnc/internal/gemm/emit"
)

// The kernels of Winograd's algorithm transform tiles in two passes, down the columns
// and then along the rows. All values between the passes do not fit into the registers,
// so they compute two rows at a time, from the rows of the tile that these need.

// The points at which Winograd's algorithm evaluates polynomials are 0, ±√½, ±√2 and ∞.
// points are the numbers that its transforms of pixels multiply with, factors those of the
// transforms of kernels.
var (
	points  = []float64{math.Sqrt2 / 2, math.Sqrt2, 0.5, 2, 2.5, 4}
	factors = []float64{math.Sqrt2 / 2, math.Sqrt2, 0.5, 2, -2. / 3, 1. / 6, -1. / 3, 1. / 3, -math.Sqrt2 / 3, math.Sqrt2 / 6}
)

// planes gives the addresses of the current vector in planes ld apart.
type planes struct {
	k          *emit.Kernel
	base, ld   reg.GPVirtual
	six        reg.GPVirtual // 6·ld
	three, odd reg.GPVirtual // 18·ld, 30·ld
}

func newPlanes(k *emit.Kernel, name string) *planes {
	p := &planes{k: k, base: k.Int(name), ld: k.Stride("ld"), six: k.GP64(), three: k.GP64(), odd: k.GP64()}
	k.LEAQ(operand.Mem{Base: p.ld, Index: p.ld, Scale: 2}, p.six)
	k.ADDQ(p.six, p.six)
	k.LEAQ(operand.Mem{Base: p.six, Index: p.six, Scale: 2}, p.three)
	k.LEAQ(operand.Mem{Base: p.six, Index: p.six, Scale: 4}, p.odd)
	return p
}

// row returns the address of plane 6r behind the one at p.
func (p *planes) row(at reg.GPVirtual, r int) operand.Mem {
	m := operand.Mem{Base: at}
	switch r {
	case 1, 2, 4:
		m.Index, m.Scale = p.six, uint8(r)
	case 3:
		m.Index, m.Scale = p.three, 1
	case 5:
		m.Index, m.Scale = p.odd, 1
	}
	return m
}

// transform writes the kernel of a transform of tiles of side×side pixels into the 36
// planes at dst, of which it writes whole vectors unless exact is set. down computes rows r and s of those that follow down a column, whose
// pixels load returns, and along those along a row of values, each of which it hands to
// put in ascending order.
func transform(f *emit.File, t emit.Target, name, doc string, side int, exact bool,
	down func(k *emit.Kernel, r int, load func(i int) reg.VecVirtual) (x, y reg.VecVirtual),
	along func(k *emit.Kernel, v []reg.VecVirtual, put func(v reg.VecVirtual))) {
	k := f.Kernel(t, name, fmt.Sprintf("(n int, dst *T, ld int, src *[%d]*T, ahead int)", side*side), doc)
	if side == 3 {
		k.Constants(factors...)
	} else {
		k.Constants(points...)
	}
	n := k.Int("n")
	to := newPlanes(k, "dst")
	src, p, pixel := k.Int("src"), k.GP64(), k.GP64()
	ahead := k.Stride("ahead")
	k.Loop(n, 1, func(e emit.Elements, _ int) {
		put := func(v reg.VecVirtual) {
			if exact {
				e.Put(v, operand.Mem{Base: p})
			} else {
				k.Move(v, operand.Mem{Base: p})
			}
			k.ADDQ(to.ld, p)
		}
		k.LEAQ(to.row(to.base, 1), p)
		for _, r := range []int{1, 3, 5} {
			var x, y []reg.VecVirtual
			for j := range side {
				a, b := down(k, r, func(i int) reg.VecVirtual {
					k.MOVQ(operand.Mem{Base: src, Disp: 8 * (i*side + j)}, pixel)
					v := e.Load(pixel)
					if r == 5 || side == 4 {
						k.ADDQ(ahead, pixel)
						e.Prefetch(pixel)
					}
					return v
				})
				x, y = append(x, a), append(y, b)
			}
			along(k, x, put)
			if r == 5 { // together with row 0
				k.MOVQ(to.base, p)
			}
			along(k, y, put)
		}
		k.ADDQ(operand.I32(k.Bytes()), to.base)
	})
	k.End()
}

// plusMinus returns e + c·t and e - c·t.
func plusMinus(k *emit.Kernel, e, t reg.VecVirtual, c float64) (plus, minus reg.VecVirtual) {
	minus = k.Vec()
	k.Move(e, minus)
	k.MulAdd(k.Constant(c), t, e)
	k.MulSub(k.Constant(c), t, minus)
	return e, minus
}

func winogradInput(f *emit.File, t emit.Target) {
	a, b := math.Sqrt2/2, math.Sqrt2
	// pair returns the values at the points ±p, where q is the other point.
	pair := func(k *emit.Kernel, p, q float64, d1, d2, d3, d4 reg.VecVirtual) (plus, minus reg.VecVirtual) {
		k.MulSub(k.Constant(q), d2, d4)
		k.MulSub(k.Constant(q), d1, d3)
		return plusMinus(k, d4, d3, p)
	}
	end := func(k *emit.Kernel, d0, d2, d4 reg.VecVirtual) {
		k.Add(d4, d0, d0)
		k.MulSub(k.Constant(2.5), d2, d0)
	}
	transform(f, t, "winogradInput", "computes BᵀdB of 6×6 pixels d.", 6, false,
		func(k *emit.Kernel, r int, load func(i int) reg.VecVirtual) (x, y reg.VecVirtual) {
			switch r {
			case 1:
				return pair(k, a, 2, load(1), load(2), load(3), load(4))
			case 3:
				return pair(k, b, 0.5, load(1), load(2), load(3), load(4))
			}
			x, y = load(5), load(0)
			end(k, x, load(3), load(1))
			end(k, y, load(2), load(4))
			return x, y
		},
		func(k *emit.Kernel, d []reg.VecVirtual, put func(reg.VecVirtual)) {
			copyOf := func(v reg.VecVirtual) reg.VecVirtual {
				c := k.Vec()
				k.Move(v, c)
				return c
			}
			end(k, d[0], d[2], d[4])
			put(d[0])
			for _, p := range []struct{ p, q float64 }{{a, 2}, {b, 0.5}} {
				plus, minus := pair(k, p.p, p.q, d[1], d[2], copyOf(d[3]), copyOf(d[4]))
				put(plus)
				put(minus)
			}
			end(k, d[5], d[3], d[1])
			put(d[5])
		})
}

func winogradGradient(f *emit.File, t emit.Target) {
	a, b := math.Sqrt2/2, math.Sqrt2
	// pair returns the values at the points ±p. It overwrites y0 and y1.
	pair := func(k *emit.Kernel, p, square float64, y0, y1, y2, y3 reg.VecVirtual) (plus, minus reg.VecVirtual) {
		k.MulAdd(k.Constant(square), y2, y0)
		k.MulAdd(k.Constant(square), y3, y1)
		return plusMinus(k, y0, y1, p)
	}
	transform(f, t, "winogradGradient", "computes AyAᵀ of 4×4 pixels y.", 4, false,
		func(k *emit.Kernel, r int, load func(i int) reg.VecVirtual) (x, y reg.VecVirtual) {
			switch r {
			case 1:
				return pair(k, a, 0.5, load(0), load(1), load(2), load(3))
			case 3:
				return pair(k, b, 2, load(0), load(1), load(2), load(3))
			}
			return load(3), load(0)
		},
		func(k *emit.Kernel, y []reg.VecVirtual, put func(reg.VecVirtual)) {
			put(y[0])
			y0, y1 := k.Vec(), k.Vec()
			k.Move(y[0], y0)
			k.Move(y[1], y1)
			plus, minus := pair(k, a, 0.5, y0, y1, y[2], y[3])
			put(plus)
			put(minus)
			plus, minus = pair(k, b, 2, y[0], y[1], y[2], y[3])
			put(plus)
			put(minus)
			put(y[3])
		})
}

func winogradKernel(f *emit.File, t emit.Target) {
	// pair returns c(g0 + p²g2 ± pg1). It overwrites g0.
	pair := func(k *emit.Kernel, c, p, square float64, g0, g1, g2 reg.VecVirtual) (plus, minus reg.VecVirtual) {
		k.MulAdd(k.Constant(square), g2, g0)
		plus, minus = plusMinus(k, g0, g1, p)
		k.Mul(k.Constant(c), plus, plus)
		k.Mul(k.Constant(c), minus, minus)
		return plus, minus
	}
	p, q := math.Sqrt2/2, math.Sqrt2
	transform(f, t, "winogradKernel", "computes GgGᵀ of 3×3 pixels g.", 3, true,
		func(k *emit.Kernel, r int, load func(i int) reg.VecVirtual) (x, y reg.VecVirtual) {
			switch r {
			case 1:
				return pair(k, -2./3, p, 0.5, load(0), load(1), load(2))
			case 3:
				return pair(k, 1./6, q, 2, load(0), load(1), load(2))
			}
			return load(2), load(0)
		},
		func(k *emit.Kernel, g []reg.VecVirtual, put func(reg.VecVirtual)) {
			put(g[0])
			g0 := k.Vec()
			k.Move(g[0], g0)
			plus, minus := pair(k, -2./3, p, 0.5, g0, g[1], g[2])
			put(plus)
			put(minus)
			plus, minus = pair(k, 1./6, q, 2, g[0], g[1], g[2])
			put(plus)
			put(minus)
			put(g[2])
		})
}

func winogradKernelGradient(f *emit.File, t emit.Target) {
	k := f.Kernel(t, "winogradKernelGradient", "(n int, dst *[9]*T, src *T, ld int)", "computes GᵀuG, 3×3 pixels.")
	k.Constants(factors...)
	n := k.Int("n")
	from := newPlanes(k, "src")
	dst, p, pixel := k.Int("dst"), k.GP64(), k.GP64()
	// reduced returns Gᵀu of the values u, which it overwrites, where s = u₁+u₂, d = u₁-u₂,
	// t = u₃+u₄ and e = u₃-u₄.
	reduced := func(zero, s, d, t, e, last reg.VecVirtual) (g [3]reg.VecVirtual) {
		k.MulAdd(k.Constant(-2./3), s, zero)
		k.MulAdd(k.Constant(1./6), t, zero)
		k.MulAdd(k.Constant(-1./3), s, last)
		k.MulAdd(k.Constant(1./3), t, last)
		k.Mul(k.Constant(-math.Sqrt2/3), d, d)
		k.MulAdd(k.Constant(math.Sqrt2/6), e, d)
		return [3]reg.VecVirtual{zero, d, last}
	}
	k.Loop(n, 1, func(e emit.Elements, _ int) {
		// One row of the result at a time: all would not fit into the registers.
		for row := range 3 {
			k.MOVQ(from.base, p)
			var v []reg.VecVirtual
			for range 6 {
				load := func(r int) reg.VecVirtual { return e.Get(from.row(p, r)) }
				a, b, x, y := load(1), load(3), load(2), load(4)
				var to reg.VecVirtual
				switch row {
				case 0:
					to = load(0)
					k.Add(x, a, a)
					k.Add(y, b, b)
					k.MulAdd(k.Constant(-2./3), a, to)
					k.MulAdd(k.Constant(1./6), b, to)
				case 1:
					to = a
					k.Sub(x, a, to)
					k.Sub(y, b, b)
					k.Mul(k.Constant(-math.Sqrt2/3), to, to)
					k.MulAdd(k.Constant(math.Sqrt2/6), b, to)
				case 2:
					to = load(5)
					k.Add(x, a, a)
					k.Add(y, b, b)
					k.MulAdd(k.Constant(-1./3), a, to)
					k.MulAdd(k.Constant(1./3), b, to)
				}
				v = append(v, to)
				k.ADDQ(from.ld, p)
			}
			s, t := k.Vec(), k.Vec()
			k.Add(v[1], v[2], s)
			k.Sub(v[2], v[1], v[1])
			k.Add(v[3], v[4], t)
			k.Sub(v[4], v[3], v[3])
			for j, g := range reduced(v[0], s, v[1], t, v[3], v[5]) {
				k.MOVQ(operand.Mem{Base: dst, Disp: 8 * (3*row + j)}, pixel)
				e.Store(g, pixel)
			}
		}
		k.ADDQ(operand.I32(k.Bytes()), from.base)
	})
	k.End()
}

// winogradOutput writes the kernel that adds to pixels, or overwrites them.
func winogradOutput(f *emit.File, t emit.Target, add bool) {
	a := math.Sqrt2 / 2
	name, doc, parameter := "winogradOutput", "computes AᵀmA, 4×4 pixels.", ""
	if add {
		name, doc, parameter = "winogradOutputAdd", "computes AᵀmA + beta*dst, 4×4 pixels.", ", beta T"
	}
	k := f.Kernel(t, name, "(n int, dst *[16]*T, src *T, ld int"+parameter+", ahead int)", doc)
	k.Constants(points...)
	n := k.Int("n")
	from := newPlanes(k, "src")
	dst, p, pixel := k.Int("dst"), k.GP64(), k.GP64()
	ahead := k.Stride("ahead")
	var beta reg.VecVirtual
	if add {
		beta = broadcast(k, "beta")
	}
	// split replaces x and y by x+y and x-y.
	split := func(x, y reg.VecVirtual) {
		sum := k.Vec()
		k.Add(x, y, sum)
		k.Sub(y, x, y)
		k.Move(sum, x)
	}
	// even computes x ← ½x + 2y.
	even := func(x, y reg.VecVirtual) {
		k.Mul(k.Constant(0.5), x, x)
		k.MulAdd(k.Constant(2), y, x)
	}
	// third adds a(½x + 4y) to v. It overwrites x.
	third := func(x, y, v reg.VecVirtual) {
		k.Mul(k.Constant(0.5), x, x)
		k.MulAdd(k.Constant(4), y, x)
		k.MulAdd(k.Constant(a), x, v)
	}
	// first computes x ← a(x + 2y).
	first := func(x, y reg.VecVirtual) {
		k.MulAdd(k.Constant(2), y, x)
		k.Mul(k.Constant(a), x, x)
	}
	k.Loop(n, 1, func(e emit.Elements, _ int) {
		load := func(r int) reg.VecVirtual {
			v := k.Vec()
			k.Move(from.row(p, r), v)
			return v
		}
		along := func(row int, v []reg.VecVirtual) {
			put := func(j int, v reg.VecVirtual) {
				k.MOVQ(operand.Mem{Base: dst, Disp: 8 * (4*row + j)}, pixel)
				if add {
					k.MulAdd(e.Load(pixel), beta, v)
				}
				e.Store(v, pixel)
				k.ADDQ(ahead, pixel)
				e.Prefetch(pixel)
			}
			split(v[1], v[2])
			split(v[3], v[4])
			k.Add(v[1], v[0], v[0])
			k.Add(v[3], v[0], v[0])
			put(0, v[0])
			even(v[1], v[3])
			put(2, v[1])
			k.Move(v[2], v[1])
			third(v[1], v[4], v[5])
			put(3, v[5])
			first(v[2], v[4])
			put(1, v[2])
		}
		for odd := range 2 { // rows 0 and 2, then 1 and 3
			k.MOVQ(from.base, p)
			var x, y []reg.VecVirtual
			for range 6 {
				first1, second := load(1), load(3)
				if odd == 0 {
					k.Add(from.row(p, 2), first1, first1)
					k.Add(from.row(p, 4), second, second)
					zero := load(0)
					k.Add(first1, zero, zero)
					k.Add(second, zero, zero)
					even(first1, second)
					x, y = append(x, zero), append(y, first1)
				} else {
					k.Sub(from.row(p, 2), first1, first1)
					k.Sub(from.row(p, 4), second, second)
					half, last := k.Vec(), load(5)
					k.Move(first1, half)
					third(half, second, last)
					first(first1, second)
					x, y = append(x, first1), append(y, last)
				}
				k.ADDQ(from.ld, p)
			}
			along(odd, x)
			along(odd+2, y)
		}
		k.ADDQ(operand.I32(k.Bytes()), from.base)
	})
	k.End()
}
