//go:build !js

package vec

import (
	"math"
	"unsafe"
)

// winogradInput is WinogradInput in plain Go.
func winogradInput[T Float](n int, dst *T, ld int, src *[36]*T) {
	winogradPlanes(n, dst, ld, src[:], winogradInput1[T])
}

// winogradGradient is WinogradGradient in plain Go.
func winogradGradient[T Float](n int, dst *T, ld int, src *[16]*T) {
	winogradPlanes(n, dst, ld, src[:], winogradGradient1[T])
}

// winogradKernel is WinogradKernel in plain Go.
func winogradKernel[T Float](n int, dst *T, ld int, src *[9]*T) {
	winogradPlanes(n, dst, ld, src[:], winogradKernel1[T])
}

// winogradPlanes applies a one-dimensional transform to the columns and the rows of
// tiles of 9, 16 or 36 pixels.
func winogradPlanes[T Float](n int, pdst *T, ld int, src []*T, along func(v [6]T) [6]T) {
	dst := unsafe.Slice(pdst, 35*ld+n)
	side := 6
	switch len(src) {
	case 9:
		side = 3
	case 16:
		side = 4
	}
	for s := range n {
		var columns [6][6]T
		for j := range side {
			var v [6]T
			for i := range side {
				v[i] = unsafe.Slice(src[i*side+j], n)[s]
			}
			columns[j] = along(v)
		}
		for i := range 6 {
			var v [6]T
			for j := range side {
				v[j] = columns[j][i]
			}
			for j, v := range along(v) {
				dst[(6*i+j)*ld+s] = v
			}
		}
	}
}

func winogradInput1[T Float](d [6]T) [6]T {
	const a, b = math.Sqrt2 / 2, math.Sqrt2
	e, o := d[4]-2*d[2], a*(d[3]-2*d[1])
	f, q := d[4]-0.5*d[2], b*(d[3]-0.5*d[1])
	return [6]T{d[0] + d[4] - 2.5*d[2], e + o, e - o, f + q, f - q, d[1] + d[5] - 2.5*d[3]}
}

func winogradGradient1[T Float](y [6]T) [6]T {
	const a, b = math.Sqrt2 / 2, math.Sqrt2
	e, o := y[0]+0.5*y[2], a*(y[1]+0.5*y[3])
	f, q := y[0]+2*y[2], b*(y[1]+2*y[3])
	return [6]T{y[0], e + o, e - o, f + q, f - q, y[3]}
}

func winogradKernel1[T Float](g [6]T) [6]T {
	const a, b = math.Sqrt2 / 2, math.Sqrt2
	e, o := -2./3*(g[0]+0.5*g[2]), -2./3*a*g[1]
	f, q := 1./6*(g[0]+2*g[2]), 1./6*b*g[1]
	return [6]T{g[0], e + o, e - o, f + q, f - q, g[2]}
}

func winogradKernelGradient1[T Float](u [6]T) [3]T {
	s, d := u[1]+u[2], u[1]-u[2]
	t, e := u[3]+u[4], u[3]-u[4]
	return [3]T{u[0] - 2./3*s + 1./6*t, -math.Sqrt2/3*d + math.Sqrt2/6*e, u[5] - 1./3*s + 1./3*t}
}

// winogradKernelGradient is WinogradKernelGradient in plain Go.
func winogradKernelGradient[T Float](n int, dst *[9]*T, psrc *T, ld int) {
	src := unsafe.Slice(psrc, 35*ld+n)
	for s := range n {
		var columns [6][3]T
		for j := range 6 {
			var u [6]T
			for i := range u {
				u[i] = src[(6*i+j)*ld+s]
			}
			columns[j] = winogradKernelGradient1(u)
		}
		for i := range 3 {
			var u [6]T
			for j := range u {
				u[j] = columns[j][i]
			}
			for j, v := range winogradKernelGradient1(u) {
				unsafe.Slice(dst[3*i+j], n)[s] = v
			}
		}
	}
}

func winogradOutput1[T Float](m [6]T) [4]T {
	const a = math.Sqrt2 / 2
	s, d := m[1]+m[2], m[1]-m[2]
	t, e := m[3]+m[4], m[3]-m[4]
	return [4]T{m[0] + s + t, a * (d + 2*e), 0.5*s + 2*t, m[5] + a*(0.5*d+4*e)}
}

// winogradOutput is WinogradOutput in plain Go.
func winogradOutput[T Float](n int, dst *[16]*T, psrc *T, ld int, beta T) {
	src := unsafe.Slice(psrc, 35*ld+n)
	for s := range n {
		var columns [6][4]T
		for j := range 6 {
			var m [6]T
			for i := range m {
				m[i] = src[(6*i+j)*ld+s]
			}
			columns[j] = winogradOutput1(m)
		}
		for i := range 4 {
			var m [6]T
			for j := range m {
				m[j] = columns[j][i]
			}
			for j, v := range winogradOutput1(m) {
				y := &unsafe.Slice(dst[4*i+j], n)[s]
				if beta != 0 {
					v += beta * *y
				}
				*y = v
			}
		}
	}
}
