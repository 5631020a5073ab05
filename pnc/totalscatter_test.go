package pnc

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/gemm"
)

// TestTotalScatter compares one pass over blocks, of one class and of several, in both
// precisions, with sums about the mean, for samples far from the origin.
func TestTotalScatter(t *testing.T) {
	const n, classes, seed = 700, 4, 12
	t.Logf("seed %d", seed)
	for _, c := range []struct {
		dim    int
		centre float64
		single bool
		mixed  bool
	}{{5, 0, false, true}, {5, 1e4, false, true}, {5, 1e4, false, false}, {230, 10, false, false}, {230, 10, true, true}} {
		rnd := rand.New(rand.NewPCG(seed, 0))
		x, labels := mat.NewDense(n, c.dim, nil), make([]int, n)
		for i := range n {
			labels[i] = i * classes / n
			if c.mixed {
				labels[i] = rnd.IntN(classes)
			}
			for j := range c.dim {
				v := c.centre + float64(labels[i]*j%5) + rnd.NormFloat64()
				if c.single {
					v = float64(float32(v))
				}
				x.Set(i, j, v)
			}
		}
		sums := newTotalScatter(classes, c.dim, unit64)
		for from := 0; from < n; {
			to := min(n, from+1+rnd.IntN(300))
			b := &block{labels: labels[from:to], dim: c.dim}
			var z []float64
			var z32 []float32
			for j := range c.dim {
				for i := from; i < to; i++ {
					z, z32 = append(z, x.At(i, j)), append(z32, float32(x.At(i, j)))
				}
			}
			if b.z = z; c.single {
				b.z, b.z32 = nil, z32
			}
			sums.add(b)
			from = to
		}

		var centred mat.Dense
		centred.CloneFrom(x)
		for j := range c.dim {
			mean := mat.Sum(x.ColView(j)) / n
			for i := range n {
				centred.Set(i, j, x.At(i, j)-mean)
			}
		}
		var want mat.Dense
		want.Mul(centred.T(), &centred)
		name := fmt.Sprintf("%+v", c)
		for j := range c.dim {
			for l := j; l < c.dim; l++ {
				// A sum of 700 products is off by at most 700·2⁻⁵³ of sizes, a difference of
				// means by 2⁻⁵³ of the centre, 10⁻¹² of the deviations, which are about one.
				approx.Equal(t, name, sums.gram[j*c.dim+l], want.At(j, l), 0, 1e-11*math.Sqrt(want.At(j, j)*want.At(l, l)))
			}
		}
		approx.All(t, name+", mean", sums.mu, sums.global(), 1e-13, 1e-13)
	}
}

// TestProbeThreads requires the same bits of a probe from any number of goroutines, for
// features wide enough for their products to be shared.
func TestProbeThreads(t *testing.T) {
	data := Must(Blobs{Classes: 3, PerClass: 400, Dim: 450, Spread: 3}.Generate(1))
	net := MLP(2, 10).Build(data, PyTorchDefault(), 1)
	fit := func(threads int) *linearProbe {
		defer gemm.SetThreads(gemm.SetThreads(threads))
		o := ProbeOptions{Layers: []int{0}, Ridge: 1e-3}
		return Must(o.fit(t.Context(), o.features(net, data)))[0]
	}
	one, many := fit(1), fit(3)
	if !mat.Equal(one.w, many.w) {
		t.Error("weights depend on the number of goroutines")
	}
	// They solve the normal equations: the gradient of the objective vanishes.
	x := mat.DenseCopyOf(data.X())
	n, d := x.Dims()
	var trace float64
	for j := range d {
		mean := mat.Sum(x.ColView(j)) / float64(n)
		for i := range n {
			x.Set(i, j, x.At(i, j)-mean)
			trace += x.At(i, j) * x.At(i, j)
		}
	}
	var residual, gradient, penalty mat.Dense
	residual.Mul(x, one.w.T())
	residual.Sub(&residual, data.OneHot())
	gradient.Mul(residual.T(), x)
	penalty.Scale(1e-3*trace/float64(d), one.w)
	gradient.Add(&gradient, &penalty)
	var terms mat.Dense
	terms.Mul(data.OneHot().T(), x)
	if g, size := mat.Norm(&gradient, 2), mat.Norm(&terms, 2); !(g <= 1e-9*size) { // the condition is below 10⁵, 2⁻⁵³ times that 10⁻¹¹
		t.Errorf("the gradient is %g, that of W = 0 %g", g, size)
	}
}
