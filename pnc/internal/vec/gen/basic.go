package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"pnclab/pnc/internal/gemm/emit"
)

// sums is the number of independent sums in a round of the loop. They hide the
// latency of an addition, which is four cycles while two are started in each.
const sums = 4

// broadcast returns a register with the parameter of the given name in all lanes.
func broadcast(k *emit.Kernel, name string) reg.VecVirtual {
	v := k.Vec()
	k.Broadcast(k.ParamAddr(name), v)
	return v
}

// zeros returns n registers that are zero.
func zeros(k *emit.Kernel, n int) []reg.VecVirtual {
	v := k.Vecs(n)
	for _, r := range v {
		k.Zero(r)
	}
	return v
}

// returnSums stores the sum of all lanes of all registers of v as the result of the
// given name.
func returnSums(k *emit.Kernel, v []reg.VecVirtual, name string) {
	for n := len(v) / 2; n > 0; n /= 2 {
		for i := range n {
			k.Add(v[i+n], v[i], v[i])
		}
	}
	k.ReturnSum(v[0], name)
}

func scale(f *emit.File, t emit.Target) {
	k := f.Kernel(t, "scale", "(n int, alpha T, x *T)", "computes x *= alpha.")
	n, x := k.Int("n"), k.Int("x")
	alpha := broadcast(k, "alpha")
	k.Loop(n, 2, func(e emit.Elements, _ int) {
		v := e.Load(x)
		k.Mul(alpha, v, v)
		e.Store(v, x)
	})
	k.End()
}

func axpy(f *emit.File, t emit.Target) {
	k := f.Kernel(t, "axpy", "(n int, alpha T, x, y *T)", "computes y += alpha*x.")
	n, x, y := k.Int("n"), k.Int("x"), k.Int("y")
	alpha := broadcast(k, "alpha")
	k.Loop(n, 2, func(e emit.Elements, _ int) {
		v := e.Load(y)
		k.MulAdd(e.Load(x), alpha, v)
		e.Store(v, y)
	})
	k.End()
}

func dot(f *emit.File, t emit.Target) {
	k := f.Kernel(t, "dot", "(n int, x, y *T) (sum T)", "computes the sum of x*y.")
	n, x, y := k.Int("n"), k.Int("x"), k.Int("y")
	sum := zeros(k, sums)
	k.Loop(n, sums, func(e emit.Elements, u int) {
		k.MulAdd(e.Load(x), e.Load(y), sum[u])
	})
	returnSums(k, sum, "sum")
	k.End()
}

func sum(f *emit.File, t emit.Target) {
	k := f.Kernel(t, "sum", "(n int, x *T) (sum T)", "computes the sum of x.")
	n, x := k.Int("n"), k.Int("x")
	sum := zeros(k, sums)
	k.Loop(n, sums, func(e emit.Elements, u int) {
		k.Add(e.Load(x), sum[u], sum[u])
	})
	returnSums(k, sum, "sum")
	k.End()
}

func sumSquares(f *emit.File, t emit.Target) {
	k := f.Kernel(t, "sumSquares", "(n int, x *T, center T) (sum T)", "computes the sum of (x-center)².")
	n, x := k.Int("n"), k.Int("x")
	center := broadcast(k, "center")
	sum := zeros(k, sums)
	k.Loop(n, sums, func(e emit.Elements, u int) {
		v := e.Load(x)
		k.Sub(center, v, v)
		e.Clear(v)
		k.MulAdd(v, v, sum[u])
	})
	returnSums(k, sum, "sum")
	k.End()
}

func sgd(f *emit.File, t emit.Target) {
	k := f.Kernel(t, "sgd", "(n int, w, v, grad *T, rate, momentum, decay T)",
		"computes v = momentum*v + grad + decay*w; w -= rate*v.")
	n, pw, pv, pg := k.Int("n"), k.Int("w"), k.Int("v"), k.Int("grad")
	rate, momentum, decay := broadcast(k, "rate"), broadcast(k, "momentum"), broadcast(k, "decay")
	k.Loop(n, 2, func(e emit.Elements, _ int) {
		w, v := e.Load(pw), e.Load(pg)
		k.MulAdd(w, decay, v)
		k.MulAdd(e.Load(pv), momentum, v)
		e.Store(v, pv)
		k.MulSub(v, rate, w)
		e.Store(w, pw)
	})
	k.End()
}

func descend(f *emit.File, t emit.Target) {
	k := f.Kernel(t, "descend", "(n int, w, v *T, rate, decay T)", "computes v += decay*w; w -= rate*v.")
	n, pw, pv := k.Int("n"), k.Int("w"), k.Int("v")
	rate, decay := broadcast(k, "rate"), broadcast(k, "decay")
	k.Loop(n, 2, func(e emit.Elements, _ int) {
		w, v := e.Load(pw), e.Load(pv)
		k.MulAdd(w, decay, v)
		e.Store(v, pv)
		k.MulSub(v, rate, w)
		e.Store(w, pw)
	})
	k.End()
}

func adam(f *emit.File, t emit.Target) {
	k := f.Kernel(t, "adam", "(n int, w, m, v, grad *T, newest1, keep2, newest2, rate, eps, decay, shrink T)",
		"computes g = grad + decay*w; m += newest1*(g-m); v = keep2*v + newest2*g²; w = shrink*w - rate*m/(√v+eps).")
	n, pw, pm, pv, pg := k.Int("n"), k.Int("w"), k.Int("m"), k.Int("v"), k.Int("grad")
	newest1, keep2, newest2 := broadcast(k, "newest1"), broadcast(k, "keep2"), broadcast(k, "newest2")
	rate, eps := broadcast(k, "rate"), broadcast(k, "eps")
	decay, shrink := broadcast(k, "decay"), broadcast(k, "shrink")
	k.Loop(n, 1, func(e emit.Elements, _ int) { // divisions and roots take longer than everything else
		w, g, m, v := e.Load(pw), e.Load(pg), e.Load(pm), e.Load(pv)
		k.MulAdd(w, decay, g)
		difference := k.Vec()
		k.Sub(m, g, difference)
		k.MulAdd(difference, newest1, m)
		e.Store(m, pm)
		k.Mul(g, g, g)
		k.Mul(keep2, v, v)
		k.MulAdd(g, newest2, v)
		e.Store(v, pv)
		k.Sqrt(v, v)
		k.Add(eps, v, v)
		k.Div(v, m, m)
		k.Mul(shrink, w, w)
		k.MulSub(m, rate, w)
		e.Store(w, pw)
	})
	k.End()
}

// fromBytes writes a kernel for whole vectors only, because AVX2 has no masks for
// bytes.
func fromBytes(f *emit.File, t emit.Target) {
	k := f.Kernel(t, "fromBytes", "(vectors int, dst *T, src *uint8, scale, offset T)",
		"computes dst = scale*src + offset for whole vectors.")
	n, dst, src := k.Int("vectors"), k.Int("dst"), k.Int("src")
	scale, offset := broadcast(k, "scale"), broadcast(k, "offset")
	v := k.Vec()
	k.Label("loop")
	from := operand.Mem{Base: src}
	if t.Bits == 32 {
		k.VPMOVZXBD(from, v)
		k.VCVTDQ2PS(v, v)
	} else {
		half := v.AsY()
		if t.ISA == emit.AVX2 {
			half = v.AsX()
		}
		k.VPMOVZXBD(from, half)
		k.VCVTDQ2PD(half, v)
	}
	out := k.Vec()
	k.Move(offset, out)
	k.MulAdd(v, scale, out)
	k.Move(out, operand.Mem{Base: dst})
	k.ADDQ(operand.I32(t.Lanes()), src)
	k.ADDQ(operand.I32(t.Bytes()), dst)
	k.DECQ(n)
	emit.Goto(k.JNZ, "loop")
	k.End()
}
