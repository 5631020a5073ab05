//go:build !js

package vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// winogradMatrices returns Bᵀ and Aᵀ from the points p and q, without the tricks that
// save operations: rows of Bᵀ are the coefficients of the product of all factors
// x - point but one, rows of Aᵀ are powers of the points.
func winogradMatrices() (bt, at [][]float64) {
	p, q := math.Sqrt(0.5), math.Sqrt(2)
	finite := []float64{0, p, -p, q, -q}
	product := func(skip int) []float64 {
		c := []float64{1}
		for i, x := range finite {
			if i == skip {
				continue
			}
			next := make([]float64, len(c)+1)
			for k, v := range c {
				next[k+1] += v
				next[k] -= x * v
			}
			c = next
		}
		return c
	}
	at = make([][]float64, 4)
	for i, x := range finite {
		bt = append(bt, append(product(i), 0))
		for k := range at {
			at[k] = append(at[k], math.Pow(x, float64(k)))
		}
	}
	bt = append(bt, product(-1))
	for k := range at {
		at[k] = append(at[k], map[bool]float64{true: 1}[k == 3])
	}
	return bt, at
}

// sandwich returns x v xᵀ, and the sum of the magnitudes of its terms.
func sandwich(x [][]float64, v func(i, j int) float64) (result, size [][]float64) {
	for i := range x {
		result, size = append(result, make([]float64, len(x))), append(size, make([]float64, len(x)))
		for j := range x {
			for k, a := range x[i] {
				for l, b := range x[j] {
					term := a * v(k, l) * b
					result[i][j] += term
					size[i][j] += math.Abs(term)
				}
			}
		}
	}
	return result, size
}

func transposed(x [][]float64) [][]float64 {
	t := make([][]float64, len(x[0]))
	for i := range x {
		for j, v := range x[i] {
			t[j] = append(t[j], v)
		}
	}
	return t
}

// TestWinograd compares the transforms with products of matrices, for every remainder
// after whole vectors.
func TestWinograd(t *testing.T) { onEveryPath(t, testWinograd[float32], testWinograd[float64]) }

// testWinogradKernel tests the transforms of kernels, with planes without any room.
func testWinogradKernel[T Float](t *testing.T, rnd *rand.Rand, n int, check func(what string, got T, want, size float64)) {
	g := kernelMatrix()
	pixels, grads := newVectors[T](rnd, 9, n), newVectors[T](rnd, 9, n)
	var in, out Pixels9[T]
	for i := range in {
		in[i], out[i] = &pixels.at(i)[0], &grads.at(i)[0]
	}
	u := make([]T, 36*n)
	WinogradKernel(u, n, &in, n)
	WinogradKernelGradient(&out, u, n, n)
	for s := range n {
		want, size := sandwich(g, func(i, j int) float64 { return float64(pixels.at(3*i + j)[s]) })
		for i := range 36 {
			check(fmt.Sprintf("n = %d: kernel plane %d of pair %d", n, i, s), u[i*n+s], want[i/6][i%6], size[i/6][i%6])
		}
		want, size = sandwich(transposed(g), func(i, j int) float64 { return float64(u[(6*i+j)*n+s]) })
		for i := range 9 {
			check(fmt.Sprintf("n = %d: gradient %d of pair %d", n, i, s), grads.at(i)[s], want[i/3][i%3], size[i/3][i%3])
		}
	}
	for i, x := range grads.all {
		for j, got := range x {
			if (j < fringe || j >= fringe+n) && got != guard {
				t.Fatalf("n = %d: element %d of gradient %d, outside, was written", n, j-fringe, i)
			}
		}
	}
}

// kernelMatrix returns G: powers of the points, divided by the product of the
// distances to the other finite points.
func kernelMatrix() (g [][]float64) {
	p, q := math.Sqrt(0.5), math.Sqrt(2)
	finite := []float64{0, p, -p, q, -q}
	for _, x := range finite {
		d := 1.
		for _, y := range finite {
			if y != x {
				d *= x - y
			}
		}
		g = append(g, []float64{1 / d, x / d, x * x / d})
	}
	return append(g, []float64{0, 0, 1})
}

func testWinograd[T Float](t *testing.T) {
	const seed = 7
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	bt, at := winogradMatrices()
	// Every value has gone through two passes of at most five operations each, with
	// constants that are rounded themselves.
	tol := 20 * roundoff[T]()
	check := func(what string, got T, want, size float64) {
		t.Helper()
		if math.Abs(float64(got)-want) > tol*size {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	for _, n := range append(upTo(35)[1:], 125) {
		pixels := newVectors[T](rnd, 36, n)
		var d Pixels36[T]
		for i := range d {
			d[i] = &pixels.at(i)[0]
		}
		d[7] = d[0] // two of one array
		var y Pixels16[T]
		copy(y[:], d[:16])
		ld := n + WinogradExcess + rnd.IntN(20)
		planes := func() []T {
			p := make([]T, 35*ld+n+WinogradExcess+1)
			for i := range p {
				p[i] = guard
			}
			return p
		}
		v, w := planes(), planes()
		WinogradInput(v[:len(v)-1], ld, &d, n, 0)
		WinogradGradient(w[:len(w)-1], ld, &y, n, 0)
		if v[len(v)-1] != guard || w[len(w)-1] != guard {
			t.Fatalf("n = %d: written behind the planes", n)
		}
		value := func(p *T, s int) float64 { return float64(unsafe.Slice(p, n)[s]) }
		for s := range n {
			want, size := sandwich(bt, func(i, j int) float64 { return value(d[6*i+j], s) })
			grad, gradSize := sandwich(transposed(at), func(i, j int) float64 { return value(y[4*i+j], s) })
			for i := range 36 {
				check(fmt.Sprintf("n = %d: input plane %d of sample %d", n, i, s), v[i*ld+s], want[i/6][i%6], size[i/6][i%6])
				check(fmt.Sprintf("n = %d: gradient plane %d of sample %d", n, i, s), w[i*ld+s], grad[i/6][i%6], gradSize[i/6][i%6])
			}
		}
		testWinogradKernel(t, rnd, n, check)
		for _, beta := range []T{0, 1, -0.5} {
			out := newVectors[T](rnd, 16, n)
			before := out.wide()
			if beta == 0 {
				for i := range 16 {
					for s := range n {
						out.at(i)[s] = T(math.NaN())
					}
				}
			}
			var o Pixels16[T]
			for i := range o {
				o[i] = &out.at(i)[0]
			}
			m := make([]T, len(v)-1)
			for i := range m {
				m[i] = T(rnd.NormFloat64())
			}
			WinogradOutput(&o, m, ld, beta, n, 0)
			for s := range n {
				want, size := sandwich(at, func(i, j int) float64 { return float64(m[(6*i+j)*ld+s]) })
				for i := range o {
					old := float64(beta) * before[i][s]
					check(fmt.Sprintf("n = %d, β = %v: pixel %d of sample %d", n, beta, i, s), out.at(i)[s], want[i/4][i%4]+old, size[i/4][i%4]+math.Abs(old))
				}
			}
			for i, x := range out.all {
				for j, got := range x {
					if (j < fringe || j >= fringe+n) && got != guard {
						t.Fatalf("n = %d: element %d of pixel %d, outside, was written", n, j-fringe, i)
					}
				}
			}
		}
	}
}
