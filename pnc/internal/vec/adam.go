//go:build !js

package vec

import (
	"math"
	"unsafe"
)

// portableAdam returns the kernel in plain Go.
func portableAdam[T Float]() func(n int, w, m, v, g *T, newest1, keep2, newest2, rate, eps, decay, shrink T) {
	return adam[T]
}

func adam[T Float](n int, pw, pm, pv, pg *T, newest1, keep2, newest2, rate, eps, decay, shrink T) {
	w, m := unsafe.Slice(pw, n), unsafe.Slice(pm, n)
	v, g := unsafe.Slice(pv, n), unsafe.Slice(pg, n)
	for i := range w {
		d := g[i] + decay*w[i]
		m[i] += newest1 * (d - m[i])
		v[i] = keep2*v[i] + newest2*(d*d)
		w[i] = shrink*w[i] - rate*(m[i]/(T(math.Sqrt(float64(v[i])))+eps))
	}
}
