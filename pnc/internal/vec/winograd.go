//go:build !js

package vec

import "pnclab/pnc/internal/gemm/isa"

// The transforms of Winograd's algorithm F(4×4, 3×3) for convolutions with a kernel of
// 3×3 (Lavin & Gray 2016). The convolution of 6×6 pixels d with a kernel g is
//
//	4×4 pixels y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A
//
// with 36 multiplications instead of 144, since both factors are values of polynomials
// in two variables at 36 points. The points along an axis are 0, ±√½, ±√2 and ∞. In float32
// and for 64 channels, the root mean square of the rounding errors is 7·10⁻⁷ of that of the
// result, and 1.6·10⁻⁷ for the direct sum; with the usual points 0, ±1, ±2 and ∞ it would be
// twice as much. In one dimension, where ± is for p = √½ first and then for p = √2,
//
//	Bᵀd = (d₀ - 5/2 d₂ + d₄, (d₄ - d₂/p²) ± p(d₃ - d₁/p²), d₁ - 5/2 d₃ + d₅)
//	Gg = (g₀, -2/3 (g₀ + g₂/2 ± p g₁), 1/6 (g₀ + 2g₂ ± p g₁), g₂)
//	Aᵀm = (1, 0, 0, 0)m₀ + Σ (1, ±p, p², ±p³)m + (0, 0, 0, 1)m₅
//
// Pixels hold n values each, one per sample. The 36 results are planes ld apart. Memory that
// is ahead elements behind the pixels is fetched into the cache for the next call: the
// pixels of a tile lie in many short runs, for which the processor alone begins too late.

// Pixels are the pixels of a tile, row by row. Several may be the same array.
type (
	Pixels36[T Float] [36]*T
	Pixels16[T Float] [16]*T
	Pixels9[T Float]  [9]*T
)

// WinogradInput computes the planes Bᵀ d B of 6×6 pixels. It writes whole vectors: up to
// WinogradExcess values more than n, which are of no use.
func WinogradInput[T Float](dst []T, ld int, d *Pixels36[T], n, ahead int) {
	checkPlanes(dst, ld, n, WinogradExcess)
	if k := winogradOf[T]().input; k != nil {
		k(n, &dst[0], ld, (*[36]*T)(d), ahead)
	} else {
		winogradInput(n, &dst[0], ld, (*[36]*T)(d))
	}
}

// WinogradGradient computes the planes A y Aᵀ of 4×4 pixels, the gradient of a tile,
// as WinogradInput does. The gradient of the kernel is Gᵀ[(A y Aᵀ) ⊙ (Bᵀ d B)]G.
func WinogradGradient[T Float](dst []T, ld int, y *Pixels16[T], n, ahead int) {
	checkPlanes(dst, ld, n, WinogradExcess)
	if k := winogradOf[T]().gradient; k != nil {
		k(n, &dst[0], ld, (*[16]*T)(y), ahead)
	} else {
		winogradGradient(n, &dst[0], ld, (*[16]*T)(y))
	}
}

// WinogradOutput computes y = Aᵀ m A + β·y, 4×4 pixels, from the planes m. If β = 0, y is
// overwritten without being read. It reads whole vectors of m.
func WinogradOutput[T Float](y *Pixels16[T], m []T, ld int, beta T, n, ahead int) {
	checkPlanes(m, ld, n, WinogradExcess)
	switch k := winogradOf[T](); {
	case k.output == nil:
		winogradOutput(n, (*[16]*T)(y), &m[0], ld, beta)
	case beta == 0:
		k.output(n, (*[16]*T)(y), &m[0], ld, ahead)
	default:
		k.outputAdd(n, (*[16]*T)(y), &m[0], ld, beta, ahead)
	}
}

// WinogradKernel computes the planes G g Gᵀ of a kernel of 3×3 for n pairs of channels.
// It writes nothing else.
func WinogradKernel[T Float](dst []T, ld int, g *Pixels9[T], n int) {
	checkPlanes(dst, ld, n, 0)
	if k := winogradOf[T]().kernel; k != nil {
		k(n, &dst[0], ld, (*[9]*T)(g), 0)
	} else {
		winogradKernel(n, &dst[0], ld, (*[9]*T)(g))
	}
}

// WinogradKernelGradient computes Gᵀ u G from planes u, the gradient of the kernel from
// that of its planes.
func WinogradKernelGradient[T Float](g *Pixels9[T], u []T, ld int, n int) {
	checkPlanes(u, ld, n, 0)
	if k := winogradOf[T]().kernelGradient; k != nil {
		k(n, (*[9]*T)(g), &u[0], ld)
	} else {
		winogradKernelGradient(n, (*[9]*T)(g), &u[0], ld)
	}
}

// WinogradExcess is the number of values that planes must have room for beyond those in
// use: one vector less one.
const WinogradExcess = 15

// checkPlanes panics unless 36 planes of n values and an excess lie in p.
func checkPlanes[T Float](p []T, ld, n, excess int) {
	if n < 1 || ld < n+excess || len(p) < 35*ld+n+excess {
		panic("vec: planes are too short")
	}
}

// winogradKernels are the loops of one path for one element type; nil for plain Go.
type winogradKernels[T Float] struct {
	input          func(n int, dst *T, ld int, src *[36]*T, ahead int)
	gradient       func(n int, dst *T, ld int, src *[16]*T, ahead int)
	kernel         func(n int, dst *T, ld int, src *[9]*T, ahead int)
	kernelGradient func(n int, dst *[9]*T, src *T, ld int)
	output         func(n int, dst *[16]*T, src *T, ld int, ahead int)
	outputAdd      func(n int, dst *[16]*T, src *T, ld int, beta T, ahead int)
}

// winogradOf returns the kernels of the path in use.
func winogradOf[T Float]() *winogradKernels[T] {
	path := isa.Current()
	if k, ok := any(&winograd32[path]).(*winogradKernels[T]); ok {
		return k
	}
	return any(&winograd64[path]).(*winogradKernels[T])
}
