package main

import "pnclab/pnc/internal/gemm/emit"

func larger(f *emit.File, t emit.Target) {
	k := f.Kernel(t, "larger", "(n int, dst, x *T)", "computes dst = max(dst, x).")
	n, dst, px := k.Int("n"), k.Int("dst"), k.Int("x")
	k.Loop(n, 2, func(e emit.Elements, _ int) {
		x, v := e.Load(px), e.Load(dst)
		k.Max(v, x, v) // keeps v if it is NaN, and if x is
		nan := k.Vec()
		k.Select(k.NotAtMost(x, x), x, nan)
		k.Add(nan, v, v)
		e.Store(v, dst)
	})
	k.End()
}

func largerBackward(f *emit.File, t emit.Target) {
	k := f.Kernel(t, "largerBackward", "(n int, dx, dy, x, y *T)",
		"computes dx = dy, dy = 0 where x is y, else dx = 0.")
	n, pdx, pdy, px, py := k.Int("n"), k.Int("dx"), k.Int("dy"), k.Int("x"), k.Int("y")
	k.Loop(n, 2, func(e emit.Elements, _ int) {
		dy, left := e.Load(pdy), k.Vec()
		k.Select(k.NotAtMost(e.Load(py), e.Load(px)), dy, left)
		e.Store(left, pdy)
		k.Sub(left, dy, dy)
		e.Store(dy, pdx)
	})
	k.End()
}
