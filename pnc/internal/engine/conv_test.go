package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// convCases are random convolutions: C×H×W images, O channels, kernel, stride and
// batch. The last ones are large enough for several pieces per row.
func convCases(rnd *rand.Rand) (cases []*convolution[float64], batches []int) {
	for i := range 60 {
		c := Conv{In: Shape{1 + rnd.IntN(4), 1 + rnd.IntN(9), 1 + rnd.IntN(9)}, Kernel: 1 + 2*rnd.IntN(3), Stride: 1 + rnd.IntN(3)}
		o, b := 1+rnd.IntN(4), 1+rnd.IntN(20)
		if i >= 56 {
			c.In, c.Kernel, b = Shape{4, 3, 17}, 5, 300
		}
		conv := newConvolution(&c, c.out(o), newWorkshop[float64]())
		cases, batches = append(cases, conv), append(batches, b)
	}
	return cases, batches
}

func normals(rnd *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rnd.NormFloat64()
	}
	return x
}

// naiveConvolution evaluates the formula of Conv directly.
func naiveConvolution(c *convolution[float64], z, w []float64, b int) []float64 {
	out := make([]float64, c.shape.Dim()*b)
	in, k := c.In, c.Kernel
	for r := range out {
		s, p := r%b, r/b
		o, y, x := p/c.shape.area(), p%c.shape.area()/c.shape.Width, p%c.shape.Width
		for i := range k {
			for j := range k {
				sy, sx := c.Stride*y+i-(k-1)/2, c.Stride*x+j-(k-1)/2
				if sy < 0 || sx < 0 || sy >= in.Height || sx >= in.Width {
					continue
				}
				for ch := range in.Channels {
					out[r] += w[o*k*k*in.Channels+(j*k+i)*in.Channels+ch] * z[((ch*in.Height+sy)*in.Width+sx)*b+s]
				}
			}
		}
	}
	return out
}

// TestConvolution compares the convolution with its formula, and its gradients
// with it as adjoints: the gradient of ⟨dy, W z⟩ is linear in z and in W.
func TestConvolution(t *testing.T) {
	const seed = 5
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	cases, batches := convCases(rnd)
	for i, c := range cases {
		b := batches[i]
		name := fmt.Sprintf("%+v to %v, batch %d", c.Conv, c.shape, b)
		z, dy := normals(rnd, c.In.Dim()*b), normals(rnd, c.shape.Dim()*b)
		w := normals(rnd, c.shape.Channels*c.Kernel*c.Kernel*c.In.Channels)
		y := normals(rnd, len(dy)) // to be overwritten
		c.forward(y, z, w, b)
		// sums of at most 100 products of normal numbers, and ⟨dy, y⟩ of at most 1e6
		const atol, rtol = 1e-12, 1e-11
		approx.All(t, name, y, naiveConvolution(c, z, w, b), 0, atol)

		value, size := vec.Dot(dy, y), math.Sqrt(vec.Dot(dy, dy)*vec.Dot(y, y))
		dz := normals(rnd, len(z))
		before := vec.Dot(dz, z)
		c.backward(dz, 2, dy, w, b)
		approx.Equal(t, name+": gradient of the image", vec.Dot(dz, z)-2*before, value, 0, rtol*(size+math.Abs(before)))
		dw := normals(rnd, len(w))
		c.backwardWeights(dw, dy, z, b)
		approx.Equal(t, name+": gradient of the weights", vec.Dot(dw, w), value, 0, rtol*size)
	}
}

// TestConvolutionThreads checks that the number of goroutines changes no bit.
func TestConvolutionThreads(t *testing.T) {
	if gemm.Path() == "openblas" {
		t.Skip("OpenBLAS does not guarantee the same bits")
	}
	defer gemm.SetThreads(gemm.SetThreads(1))
	run := func(threads, stride int) [][]float64 {
		gemm.SetThreads(threads)
		rnd := rand.New(rand.NewPCG(1, 0))
		conv := Conv{In: Shape{8, 12, 12}, Kernel: 3, Stride: stride}
		c := newConvolution(&conv, conv.out(16), newWorkshop[float64]())
		const b = 64
		z, dy, w := normals(rnd, c.In.Dim()*b), normals(rnd, c.shape.Dim()*b), normals(rnd, 16*9*8)
		y, dz, dw := make([]float64, len(dy)), make([]float64, len(z)), make([]float64, len(w))
		c.forward(y, z, w, b)
		c.backward(dz, 0, dy, w, b)
		c.backwardWeights(dw, dy, z, b)
		return [][]float64{y, dz, dw}
	}
	for stride := 1; stride <= 2; stride++ { // Winograd's algorithm and products of gathered pixels
		serial := run(1, stride)
		for i, v := range run(3, stride) {
			if !slices.Equal(v, serial[i]) {
				t.Errorf("stride %d: result %d differs with three goroutines", stride, i)
			}
		}
	}
}

// TestPooling compares pooling with its definition and its gradient with it as
// the adjoint.
func TestPooling(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 0))
	from := Shape{3, 4, 6}
	for _, p := range []Pool{{2, 2, false}, {2, 2, true}, {4, 6, false}, {1, 3, true}} {
		const b = 5
		q := newPooling(&p, from, newWorkshop[float64]())
		y := normals(rnd, from.Dim()*b)
		a, want := make([]float64, q.to.Dim()*b), make([]float64, q.to.Dim()*b)
		for r := range want {
			s, o := r%b, r/b
			c, oy, ox := o/q.to.area(), o%q.to.area()/q.to.Width, o%q.to.Width
			mean, most := 0., math.Inf(-1)
			for i := range p.Height {
				for j := range p.Width {
					v := y[((c*from.Height+oy*p.Height+i)*from.Width+ox*p.Width+j)*b+s]
					mean += v / float64(p.Height*p.Width)
					most = max(most, v)
				}
			}
			if want[r] = mean; p.Max {
				want[r] = most
			}
		}
		q.forward(a, y, b)
		approx.All(t, fmt.Sprintf("%+v", p), a, want, 0, 1e-15*float64(from.area()))
		// Both kinds are linear around y, so ⟨da, a⟩ = ⟨dy, y⟩.
		da, dy := normals(rnd, len(a)), normals(rnd, len(y))
		value := vec.Dot(da, a)
		q.backward(dy, da, y, a, b)
		approx.Equal(t, fmt.Sprintf("%+v: gradient", p), vec.Dot(dy, y), value, 0, 1e-13)
	}
}
