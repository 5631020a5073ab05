package umap

import (
	"fmt"
	"math"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
	"pnclab/pnc/internal/maptest"
	"pnclab/pnc/internal/neighbors"
)

// TestUMAPReference requires maps of the digits that are as good as those of
// umap-learn. Both vary with the seed, so the mean over three of our seeds may be
// below the mean over its ten seeds by twice its standard deviation over seeds.
func TestUMAPReference(t *testing.T) {
	ref := maptest.Read(t)
	x, labels := ref.Digits(t)
	const seeds = 3
	ks := []int{5, 15, 50}
	trust, agreement := map[int]float64{}, map[int]float64{}
	for seed := range seeds {
		low := Map(x, &Options{Seed: seed}, nil)
		for _, k := range ks {
			trust[k] += neighbors.Trustworthiness(x, low, k) / seeds
			agreement[k] += neighbors.Agreement(low, labels, k) / seeds
		}
	}
	check := func(what string, got float64, k int, of func(run int) map[int]float64) {
		var mean, square float64
		for run := range ref.Runs {
			v := of(run)[k]
			mean += v / float64(len(ref.Runs))
			square += v * v / float64(len(ref.Runs))
		}
		margin := 2 * math.Sqrt(square-mean*mean)
		t.Logf("%s, k = %d: %.4f over %d seeds; reference %.4f ± %.4f", what, k, got, seeds, mean, margin)
		if got < mean-margin {
			t.Errorf("%s for %d neighbours is %.4f, want %.4f or more", what, k, got, mean-margin)
		}
	}
	for _, k := range ks {
		check("trustworthiness", trust[k], k, func(run int) map[int]float64 { return ref.Runs[run].Trustworthiness })
		check("agreement", agreement[k], k, func(run int) map[int]float64 { return ref.Runs[run].Agreement })
	}
}

// TestUMAPIslands maps collapsed classes, whose samples differ in the ninth
// digit: every class must be an island whose distance from the others exceeds its
// width.
func TestUMAPIslands(t *testing.T) {
	const n, classes = 400, 10
	z := maptest.Clouds(n, 30, 1e-9, 1, 1)
	x := Map(z, &Options{Epochs: 100}, nil)
	means := mat.NewDense(classes, 2, nil)
	for i := range n {
		for c := range 2 {
			means.Set(i%classes, c, means.At(i%classes, c)+x.At(i, c)*classes/n)
		}
	}
	apart, wide := math.Inf(1), 0.0
	for i := range n {
		for k := range classes {
			d := math.Sqrt(neighbors.SquaredDistance(x.RawRowView(i), means.RawRowView(k)))
			if k == i%classes {
				wide = max(wide, d)
			} else {
				apart = min(apart, d)
			}
		}
	}
	if apart < 2*wide {
		t.Errorf("a sample is %.2f from the centre of its own island, another one %.2f from that of a different island", wide, apart)
	}
}

// TestUMAPProcessors requires the same map, to the last bit, from one processor
// and four, with several groups of samples.
func TestUMAPProcessors(t *testing.T) {
	z := maptest.Sheet(10*layoutGrain, 10, 1)
	s := &Options{Epochs: 20, Seed: 3}
	old := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(old)
	one := Map(z, s, nil)
	runtime.GOMAXPROCS(4)
	if !mat.Equal(one, Map(z, s, nil)) {
		t.Error("the map depends on the number of processors")
	}
	if mat.Equal(one, Map(z, &Options{Epochs: 20, Seed: 4}, nil)) {
		t.Error("the map does not depend on the seed")
	}
}

// TestUMAPInit starts from a map and hardly changes it, up to shift and scale.
func TestUMAPInit(t *testing.T) {
	z := maptest.Sheet(60, 10, 1)
	start := mat.DenseCopyOf(z.Slice(0, 60, 2, 5))
	before := mat.DenseCopyOf(start)
	x := Map(z, &Options{Dims: 3, Epochs: 1, LearningRate: 1e-6, Init: start}, nil)
	if !mat.Equal(start, before) {
		t.Error("Init was modified")
	}
	fitBox(x, 1)
	fitBox(start, 1)
	// The start is perturbed by about 1e-4 in 10 and moves by 1e-6 per step.
	if !mat.EqualApprox(x, start, 1e-3) {
		t.Error("the map is not where it started")
	}
}

// TestUMAPSmall maps fewer samples than neighbours, and samples that are all the
// same.
func TestUMAPSmall(t *testing.T) {
	for _, z := range []*mat.Dense{
		maptest.Clouds(2, 3, 1, 0, 1), maptest.Clouds(3, 3, 1, 0, 1), maptest.Clouds(5, 1, 1, 0, 1), maptest.Clouds(16, 3, 1, 0, 1),
		mat.NewDense(2, 2, nil), mat.NewDense(30, 2, nil),
		mat.NewDense(4, 1, []float64{0, 1e-200, 1e150, 1}),
	} {
		n, d := z.Dims()
		t.Run(fmt.Sprintf("%dx%d", n, d), func(t *testing.T) {
			x := Map(z, &Options{Epochs: 20}, nil)
			if r, c := x.Dims(); r != n || c != 2 {
				t.Fatalf("map is %d×%d, want %d×2", r, c, n)
			}
			linalg.CheckFinite(x)
			for c := range 2 {
				// Rounding of sums of n coordinates of size about 10.
				approx.Equal(t, "mean", mat.Sum(x.ColView(c))/float64(n), 0, 0, 1e-13)
			}
		})
	}
}

func TestUMAPPanics(t *testing.T) {
	z := maptest.Clouds(20, 3, 1, 0, 1)
	broken := mat.DenseCopyOf(z)
	broken.Set(3, 1, math.NaN())
	endless := mat.DenseCopyOf(z)
	endless.Set(3, 1, math.Inf(1))
	labels := make([]int, 20)
	for name, f := range map[string]func(){
		"one sample":           func() { Map(maptest.Clouds(1, 3, 1, 0, 1), nil, nil) },
		"NaN":                  func() { Map(broken, nil, nil) },
		"Inf":                  func() { Map(endless, nil, nil) },
		"one neighbour":        func() { Map(z, &Options{Neighbors: 1}, nil) },
		"MinDist above Spread": func() { Map(z, &Options{MinDist: 2}, nil) },
		"negative MinDist":     func() { Map(z, &Options{MinDist: -1}, nil) },
		"negative Spread":      func() { Map(z, &Options{Spread: -1}, nil) },
		"NaN Spread":           func() { Map(z, &Options{Spread: math.NaN()}, nil) },
		"negative Dims":        func() { Map(z, &Options{Dims: -1}, nil) },
		"negative Epochs":      func() { Map(z, &Options{Epochs: -1}, nil) },
		"negative samples":     func() { Map(z, &Options{NegativeSamples: -1}, nil) },
		"negative rate":        func() { Map(z, &Options{LearningRate: -1}, nil) },
		"Init too short":       func() { Map(z, &Options{Init: mat.NewDense(19, 2, nil)}, nil) },
		"Init with NaN":        func() { Map(z, &Options{Dims: 3, Init: broken}, nil) },
		"Init too wide":        func() { Map(z, &Options{Init: mat.NewDense(20, 3, nil)}, nil) },

		"trustworthiness of other samples": func() { neighbors.Trustworthiness(z, maptest.Clouds(19, 2, 1, 0, 1), 3) },
		"trustworthiness of none":          func() { neighbors.Trustworthiness(z, z, 0) },
		"trustworthiness of half":          func() { neighbors.Trustworthiness(z, z, 10) },
		"trustworthiness of NaN":           func() { neighbors.Trustworthiness(broken, z, 3) },
		"agreement of too few labels":      func() { neighbors.Agreement(z, labels[1:], 3) },
		"agreement of all":                 func() { neighbors.Agreement(z, labels, 20) },
		"agreement of Inf":                 func() { neighbors.Agreement(endless, labels, 3) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}

func BenchmarkUMAP(b *testing.B) {
	for _, n := range []int{1000, 5000, 50_000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			z := maptest.Clouds(n, 1000, 0.5, 0, 1)
			for b.Loop() {
				Map(z, nil, nil)
			}
		})
	}
}
