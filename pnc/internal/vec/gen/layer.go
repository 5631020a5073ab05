package main

import "pnclab/pnc/internal/gemm/emit"

func reLU(f *emit.File, t emit.Target) {
	k := f.Kernel(t, "reLU", "(n int, dst, x *T, bias T)", "computes dst = max(0, x+bias).")
	n, dst, x := k.Int("n"), k.Int("dst"), k.Int("x")
	bias, zero := broadcast(k, "bias"), zeros(k, 1)[0]
	k.Loop(n, 2, func(e emit.Elements, _ int) {
		v := e.Load(x)
		k.Add(bias, v, v)
		k.Max(v, zero, v)
		e.Store(v, dst)
	})
	k.End()
}

func reLUBackward(f *emit.File, t emit.Target) {
	k := f.Kernel(t, "reLUBackward", "(n int, dst, dy, y *T) (sum T)",
		"computes dst = dy where y is positive, else 0, and the sum of dst.")
	n, dst, dy, y := k.Int("n"), k.Int("dst"), k.Int("dy"), k.Int("y")
	zero, sum := zeros(k, 1)[0], zeros(k, sums)
	k.Loop(n, sums, func(e emit.Elements, u int) {
		v := e.Load(dy)
		k.Select(k.NotAtMost(e.Load(y), zero), v, v)
		e.Store(v, dst)
		k.Add(v, sum[u], sum[u])
	})
	returnSums(k, sum, "sum")
	k.End()
}

// named returns the name of a kernel of batch normalisation, which may be followed by
// ReLU, and its parameter y, which it has only in that case.
func named(relu bool, name string) (string, string) {
	if relu {
		return "normalizeReLU" + name, "y, "
	}
	return "normalize" + name, ""
}

func normalize(f *emit.File, t emit.Target, relu bool) {
	name, _ := named(relu, "")
	doc := "computes xhat = (x-mean)*inv; y = gamma*xhat + beta."
	if relu {
		doc = "computes xhat = (x-mean)*inv; y = max(0, gamma*xhat + beta)."
	}
	k := f.Kernel(t, name, "(n int, xhat, y, x *T, mean, inv, gamma, beta T)", doc)
	n, pxhat, py, px := k.Int("n"), k.Int("xhat"), k.Int("y"), k.Int("x")
	mean, inv := broadcast(k, "mean"), broadcast(k, "inv")
	gamma, beta := broadcast(k, "gamma"), broadcast(k, "beta")
	zero := k.Vec()
	if relu {
		k.Zero(zero)
	}
	k.Loop(n, 2, func(e emit.Elements, _ int) {
		v := e.Load(px)
		k.Sub(mean, v, v)
		k.Mul(inv, v, v)
		e.Store(v, pxhat)
		y := k.Vec()
		k.Move(beta, y)
		k.MulAdd(v, gamma, y)
		if relu {
			k.Max(y, zero, y)
		}
		e.Store(y, py)
	})
	k.End()
}

func normalizeSums(f *emit.File, t emit.Target, relu bool) {
	name, y := named(relu, "Sums")
	doc := "computes the sums of dy and of dy*xhat."
	if relu {
		doc = "computes the sums of dy and of dy*xhat where y is positive."
	}
	k := f.Kernel(t, name, "(n int, dy, "+y+"xhat *T) (sum, sumXhat T)", doc)
	n, pdy, pxhat := k.Int("n"), k.Int("dy"), k.Int("xhat")
	py, zero := k.GP64(), k.Vec()
	if relu {
		py = k.Int("y")
		k.Zero(zero)
	}
	// Two pairs of sums: AVX2 has no registers for more.
	sum, sumXhat := zeros(k, 2), zeros(k, 2)
	k.Loop(n, 2, func(e emit.Elements, u int) {
		v := e.Load(pdy)
		if relu {
			k.Select(k.NotAtMost(e.Load(py), zero), v, v)
		}
		k.Add(v, sum[u], sum[u])
		k.MulAdd(v, e.Load(pxhat), sumXhat[u])
	})
	returnSums(k, sum, "sum")
	returnSums(k, sumXhat, "sumXhat")
	k.End()
}

func normalizeBackward(f *emit.File, t emit.Target, relu bool) {
	name, y := named(relu, "Backward")
	doc := "computes dx = a*dy + b*xhat + c."
	if relu {
		doc = "computes dx = a*dz + b*xhat + c with dz = dy where y is positive, else 0."
	}
	k := f.Kernel(t, name, "(n int, dx, dy, "+y+"xhat *T, a, b, c T)", doc)
	n, pdx, pdy, pxhat := k.Int("n"), k.Int("dx"), k.Int("dy"), k.Int("xhat")
	a, b, c := broadcast(k, "a"), broadcast(k, "b"), broadcast(k, "c")
	py, zero := k.GP64(), k.Vec()
	if relu {
		py = k.Int("y")
		k.Zero(zero)
	}
	k.Loop(n, 2, func(e emit.Elements, _ int) {
		v := e.Load(pdy)
		if relu {
			k.Select(k.NotAtMost(e.Load(py), zero), v, v)
		}
		dx := k.Vec()
		k.Move(c, dx)
		k.MulAdd(e.Load(pxhat), b, dx)
		k.MulAdd(v, a, dx)
		e.Store(dx, pdx)
	})
	k.End()
}
