package vec

import "unsafe"

// portable returns the kernels in plain Go.
func portable[T Float]() kernels[T] {
	return kernels[T]{
		lanes:                 1,
		adam:                  portableAdam[T](),
		scale:                 scale[T],
		axpy:                  axpy[T],
		dot:                   dot[T],
		sum:                   sum[T],
		sumSquares:            sumSquares[T],
		fromBytes:             fromBytes[T],
		sgd:                   sgd[T],
		descend:               descend[T],
		reLU:                  reLU[T],
		reLUBackward:          reLUBackward[T],
		larger:                larger[T],
		largerBackward:        largerBackward[T],
		normalize:             normalize[T],
		normalizeSums:         normalizeSums[T],
		normalizeBackward:     normalizeBackward[T],
		normalizeReLU:         normalizeReLU[T],
		normalizeReLUSums:     normalizeReLUSums[T],
		normalizeReLUBackward: normalizeReLUBackward[T],
	}
}

func scale[T Float](n int, alpha T, px *T) {
	x := unsafe.Slice(px, n)
	for i := range x {
		x[i] *= alpha
	}
}

func axpy[T Float](n int, alpha T, px, py *T) {
	x, y := unsafe.Slice(px, n), unsafe.Slice(py, n)
	for i := range x {
		y[i] += alpha * x[i]
	}
}

func dot[T Float](n int, px, py *T) (sum T) {
	x, y := unsafe.Slice(px, n), unsafe.Slice(py, n)
	for i := range x {
		sum += x[i] * y[i]
	}
	return sum
}

func sum[T Float](n int, px *T) (sum T) {
	for _, v := range unsafe.Slice(px, n) {
		sum += v
	}
	return sum
}

func sumSquares[T Float](n int, px *T, center T) (sum T) {
	for _, v := range unsafe.Slice(px, n) {
		sum += (v - center) * (v - center)
	}
	return sum
}

func fromBytes[T Float](n int, pdst *T, psrc *uint8, scale, offset T) {
	dst, src := unsafe.Slice(pdst, n), unsafe.Slice(psrc, n)
	for i := range dst {
		dst[i] = scale*T(src[i]) + offset
	}
}

func sgd[T Float](n int, pw, pv, pg *T, rate, momentum, decay T) {
	w, v, g := unsafe.Slice(pw, n), unsafe.Slice(pv, n), unsafe.Slice(pg, n)
	for i := range w {
		v[i] = momentum*v[i] + (g[i] + decay*w[i])
		w[i] -= rate * v[i]
	}
}

func descend[T Float](n int, pw, pv *T, rate, decay T) {
	w, v := unsafe.Slice(pw, n), unsafe.Slice(pv, n)
	for i := range w {
		v[i] += decay * w[i]
		w[i] -= rate * v[i]
	}
}

// positive returns max(0, x), or NaN if x is.
func positive[T Float](x T) T {
	if x < 0 {
		return 0
	}
	return x
}

// where returns d if y is positive or NaN, else 0.
func where[T Float](d, y T) T {
	if y <= 0 {
		return 0
	}
	return d
}

func reLU[T Float](n int, pdst, px *T, bias T) {
	dst, x := unsafe.Slice(pdst, n), unsafe.Slice(px, n)
	for i := range dst {
		dst[i] = positive(x[i] + bias)
	}
}

func reLUBackward[T Float](n int, pdst, pdy, py *T) (sum T) {
	dst, dy, y := unsafe.Slice(pdst, n), unsafe.Slice(pdy, n), unsafe.Slice(py, n)
	for i := range dst {
		dst[i] = where(dy[i], y[i])
		sum += dst[i]
	}
	return sum
}

func larger[T Float](n int, pdst, px *T) {
	dst, x := unsafe.Slice(pdst, n), unsafe.Slice(px, n)
	for i := range dst {
		dst[i] = max(dst[i], x[i])
	}
}

func largerBackward[T Float](n int, pdx, pdy, px, py *T) {
	dx, dy := unsafe.Slice(pdx, n), unsafe.Slice(pdy, n)
	x, y := unsafe.Slice(px, n), unsafe.Slice(py, n)
	for i := range dx {
		dx[i] = 0
		if x[i] >= y[i] {
			dx[i], dy[i] = dy[i], 0
		}
	}
}

func normalize[T Float](n int, pxhat, py, px *T, mean, inv, gamma, beta T) {
	xhat, y, x := unsafe.Slice(pxhat, n), unsafe.Slice(py, n), unsafe.Slice(px, n)
	for i := range x {
		h := (x[i] - mean) * inv
		xhat[i] = h
		y[i] = gamma*h + beta
	}
}

func normalizeReLU[T Float](n int, pxhat, py, px *T, mean, inv, gamma, beta T) {
	xhat, y, x := unsafe.Slice(pxhat, n), unsafe.Slice(py, n), unsafe.Slice(px, n)
	for i := range x {
		h := (x[i] - mean) * inv
		xhat[i] = h
		y[i] = positive(gamma*h + beta)
	}
}

func normalizeSums[T Float](n int, pdy, pxhat *T) (sum, sumXhat T) {
	dy, xhat := unsafe.Slice(pdy, n), unsafe.Slice(pxhat, n)
	for i, d := range dy {
		sum += d
		sumXhat += d * xhat[i]
	}
	return sum, sumXhat
}

func normalizeReLUSums[T Float](n int, pdy, py, pxhat *T) (sum, sumXhat T) {
	dy, y, xhat := unsafe.Slice(pdy, n), unsafe.Slice(py, n), unsafe.Slice(pxhat, n)
	for i := range dy {
		d := where(dy[i], y[i])
		sum += d
		sumXhat += d * xhat[i]
	}
	return sum, sumXhat
}

func normalizeBackward[T Float](n int, pdx, pdy, pxhat *T, a, b, c T) {
	dx, dy, xhat := unsafe.Slice(pdx, n), unsafe.Slice(pdy, n), unsafe.Slice(pxhat, n)
	for i := range dx {
		dx[i] = a*dy[i] + b*xhat[i] + c
	}
}

func normalizeReLUBackward[T Float](n int, pdx, pdy, py, pxhat *T, a, b, c T) {
	dx, dy := unsafe.Slice(pdx, n), unsafe.Slice(pdy, n)
	y, xhat := unsafe.Slice(py, n), unsafe.Slice(pxhat, n)
	for i := range dx {
		dx[i] = a*where(dy[i], y[i]) + b*xhat[i] + c
	}
}
