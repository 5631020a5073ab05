//go:build !js

package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/gemm/isa"
	"pnclab/pnc/internal/vec"
)

// onEveryPath runs f on each path the machine has.
func onEveryPath(t *testing.T, f func(t *testing.T)) {
	best := isa.Current()
	defer func() {
		if err := isa.Use(best); err != nil {
			t.Fatal(err)
		}
	}()
	for _, p := range isa.Available() {
		if err := isa.Use(p); err != nil {
			t.Fatal(err)
		}
		t.Run(p.String(), f)
	}
}

// winogradCases are shapes with tiles beyond the image, several blocks of tiles, several
// blocks of samples, fewer blocks than sections, and one pixel.
var winogradCases = []struct {
	in     Shape
	out, b int
}{
	{Shape{3, 4, 4}, 5, 7},
	{Shape{1, 1, 1}, 1, 1},
	{Shape{2, 5, 6}, 3, 20},
	{Shape{13, 9, 7}, 14, 33},
	{Shape{4, 20, 20}, 4, 16},
	{Shape{5, 3, 10}, 4, 700},
	{Shape{40, 2, 3}, 50, 131},
}

// TestWinograd compares Winograd's algorithm with the formula of the convolution, and
// its gradients with it as adjoints, on every path.
func TestWinograd(t *testing.T) {
	const seed = 11
	onEveryPath(t, func(t *testing.T) {
		t.Logf("seed %d", seed)
		rnd := rand.New(rand.NewPCG(seed, 0))
		for _, w := range winogradCases {
			conv := Conv{In: w.in, Kernel: 3, Stride: 1}
			c := newConvolution(&conv, conv.out(w.out), newWorkshop[float64]())
			if c.quick == nil {
				t.Fatalf("%+v: not Winograd's algorithm", conv)
			}
			name := fmt.Sprintf("%v to %d channels, batch %d", w.in, w.out, w.b)
			z, dy := normals(rnd, c.In.Dim()*w.b), normals(rnd, c.shape.Dim()*w.b)
			weights := normals(rnd, w.out*9*w.in.Channels)
			y := normals(rnd, len(dy)) // to be overwritten
			c.forward(y, z, weights, w.b)
			// Sums of at most 360 products of normal numbers, and the error is that of
			// TestWinogradError in another precision.
			const atol, rtol = 1e-12, 1e-11
			approx.All(t, name, y, naiveConvolution(c, z, weights, w.b), 0, atol)
			value, size := vec.Dot(dy, y), math.Sqrt(vec.Dot(dy, dy)*vec.Dot(y, y))
			for _, beta := range []float64{0, 1, -3} {
				dz := normals(rnd, len(z))
				before := vec.Dot(dz, z)
				c.backward(dz, beta, dy, weights, w.b)
				approx.Equal(t, name+": gradient of the image", vec.Dot(dz, z)-beta*before, value, 0, rtol*(size+math.Abs(beta*before)))
			}
			dw := normals(rnd, len(weights))
			c.backwardWeights(dw, dy, z, w.b)
			approx.Equal(t, name+": gradient of the weights", vec.Dot(dw, weights), value, 0, rtol*size)
		}
	})
}

// TestWinogradGradients compares each element of the gradients, of which TestWinograd
// sees one sum, with the convolutions that they are.
func TestWinogradGradients(t *testing.T) {
	const seed = 12
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for _, w := range winogradCases {
		conv := Conv{In: w.in, Kernel: 3, Stride: 1}
		c := newConvolution(&conv, conv.out(w.out), newWorkshop[float64]())
		name := fmt.Sprintf("%v to %d channels, batch %d", w.in, w.out, w.b)
		z, dy := normals(rnd, c.In.Dim()*w.b), normals(rnd, c.shape.Dim()*w.b)
		weights, dw := normals(rnd, w.out*9*w.in.Channels), normals(rnd, w.out*9*w.in.Channels)
		dz := normals(rnd, len(z))
		c.backward(dz, 0, dy, weights, w.b)
		c.backwardWeights(dw, dy, z, w.b)
		c.quick = nil // the same by products with gathered pixels
		wantZ, wantW := make([]float64, len(z)), make([]float64, len(weights))
		c.backward(wantZ, 0, dy, weights, w.b)
		c.backwardWeights(wantW, dy, z, w.b)
		// as in TestWinograd; dW is a sum over up to 21,000 pixels
		approx.All(t, name+": gradient of the image", dz, wantZ, 0, 1e-12)
		approx.All(t, name+": gradient of the weights", dw, wantW, 0, 1e-10)
	}
}

// TestWinogradError checks the rounding errors in float32 against their bound: what
// follows from the magnitudes of all terms, one rounding for each of the C products and
// of the operations before and after them. It logs the root mean square, relative
// to that of the result, beside that of the direct sum.
func TestWinogradError(t *testing.T) {
	const seed, channels, out, b = 13, 64, 8, 33
	rnd := rand.New(rand.NewPCG(seed, 0))
	conv := Conv{In: Shape{channels, 8, 8}, Kernel: 3, Stride: 1}
	c := newConvolution(&conv, conv.out(out), newWorkshop[float32]())
	wide := newConvolution(&conv, conv.out(out), newWorkshop[float64]())
	z, w := make([]float32, conv.In.Dim()*b), make([]float32, out*9*channels)
	for i := range z {
		z[i] = float32(max(0, rnd.NormFloat64())) // as after ReLU
	}
	for i := range w {
		w[i] = float32(rnd.NormFloat64())
	}
	z64, w64 := make([]float64, len(z)), make([]float64, len(w))
	convert(z64, z)
	convert(w64, w)
	y, direct := make([]float32, c.shape.Dim()*b), make([]float32, c.shape.Dim()*b)
	c.forward(y, z, w, b)
	c.quick = nil
	c.forward(direct, z, w, b)
	want := naiveConvolution(wide, z64, w64, b)
	bound := winogradMagnitudes(wide, z64, w64, b)
	const roundings = channels + 4*6 // sums over channels; four passes of six operations
	var squares, errors, directErrors float64
	for i, v := range want {
		if e := math.Abs(float64(y[i]) - v); e > roundings*0x1p-24*bound[i] {
			t.Fatalf("seed %d: element %d is %v instead of %v, more than the bound %.2g away", seed, i, y[i], v, roundings*0x1p-24*bound[i])
		}
		squares += v * v
		errors += (float64(y[i]) - v) * (float64(y[i]) - v)
		directErrors += (float64(direct[i]) - v) * (float64(direct[i]) - v)
	}
	t.Logf("root mean square error %.2g, direct %.2g", math.Sqrt(errors/squares), math.Sqrt(directErrors/squares))
}

// winogradMagnitudes returns, for every element of the result, the sum of the magnitudes
// of all terms that Winograd's algorithm adds up.
func winogradMagnitudes(c *convolution[float64], z, w []float64, b int) []float64 {
	in, side := c.In, winogradSide+2
	// The transforms are linear: their matrices are the images of single pixels.
	const ld = 1 + vec.WinogradExcess
	var input, kernel, output [planes][planes]float64 // [plane][pixel]
	for p := range planes {
		one, zero := 1., 0.
		var d vec.Pixels36[float64]
		var g vec.Pixels9[float64]
		for i := range d {
			d[i] = &zero
		}
		copy(g[:], d[:])
		v := make([]float64, planes*ld)
		d[p] = &one
		vec.WinogradInput(v, ld, &d, 1, 0)
		for t := range planes {
			input[t][p] = math.Abs(v[t*ld])
		}
		if p < len(g) {
			g[p] = &one
			vec.WinogradKernel(v, ld, &g, 1)
			for t := range planes {
				kernel[t][p] = math.Abs(v[t*ld])
			}
		}
		var y vec.Pixels16[float64]
		pixels := make([]float64, len(y))
		for i := range y {
			y[i] = &pixels[i]
		}
		clear(v)
		v[p*ld] = 1
		vec.WinogradOutput(&y, v, ld, 0, 1, 0)
		for i, x := range pixels {
			output[p][i] = math.Abs(x)
		}
	}
	u := make([][planes]float64, c.shape.Channels*in.Channels)
	for i := range u {
		o, channel := i/in.Channels, i%in.Channels
		for t := range planes {
			for p := range 9 {
				u[i][t] += kernel[t][p] * math.Abs(w[(o*9+p%3*3+p/3)*in.Channels+channel])
			}
		}
	}
	bound := make([]float64, c.shape.Dim()*b)
	v := make([][planes]float64, in.Channels)
	for y0 := 0; y0 < in.Height; y0 += winogradSide {
		for x0 := 0; x0 < in.Width; x0 += winogradSide {
			for s := range b {
				for channel := range v {
					v[channel] = [planes]float64{}
					for p := range planes {
						y, x := y0-1+p/side, x0-1+p%side
						if y < 0 || x < 0 || y >= in.Height || x >= in.Width {
							continue
						}
						pixel := math.Abs(z[((channel*in.Height+y)*in.Width+x)*b+s])
						for t := range planes {
							v[channel][t] += input[t][p] * pixel
						}
					}
				}
				for o := range c.shape.Channels {
					for t := range planes {
						m := 0.
						for channel := range v {
							m += u[o*in.Channels+channel][t] * v[channel][t]
						}
						for p := range winogradSide * winogradSide {
							if y, x := y0+p/winogradSide, x0+p%winogradSide; y < in.Height && x < in.Width {
								bound[((o*in.Height+y)*in.Width+x)*b+s] += output[t][p] * m
							}
						}
					}
				}
			}
		}
	}
	return bound
}
