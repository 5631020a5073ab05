package pnc

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// umapReference is testdata/umap/digits.json, which testdata/umap/reference.py
// computed with umap-learn and scikit-learn.
type umapReference struct {
	Rows, Columns int
	Pixels        string
	Labels        string
	Runs          []struct{ Trustworthiness, Agreement map[int]float64 }
	Small         struct {
		High, Low                  [][]float64
		Labels                     []int
		Trustworthiness, Agreement map[int]float64
		Graph                      struct {
			Neighbors  int
			Sigma, Rho []float64
			Edges      [][3]float64
		}
	}
	Curves []struct{ MinDist, Spread, A, B float64 }
}

func readUMAPReference(t *testing.T) *umapReference {
	t.Helper()
	text, err := os.ReadFile("testdata/umap/digits.json")
	if err != nil {
		t.Fatal(err)
	}
	var ref umapReference
	if err := json.Unmarshal(text, &ref); err != nil {
		t.Fatal(err)
	}
	return &ref
}

// digits returns the images that the reference mapped.
func (ref *umapReference) digits(t *testing.T) (x *mat.Dense, labels []int) {
	t.Helper()
	pixels, err := base64.StdEncoding.DecodeString(ref.Pixels)
	if err != nil {
		t.Fatal(err)
	}
	x = mat.NewDense(ref.Rows, ref.Columns, nil)
	for p, v := range pixels {
		x.Set(p/ref.Columns, p%ref.Columns, float64(v))
	}
	for _, c := range ref.Labels {
		labels = append(labels, int(c-'0'))
	}
	return x, labels
}

// rowsOf returns the matrix of the given rows.
func rowsOf(rows [][]float64) *mat.Dense {
	return mat.NewDense(len(rows), len(rows[0]), slices.Concat(rows...))
}

// TestUMAPReference requires maps of the digits as good as those of umap-learn.
// Both vary with the seed, so the mean over three of ours may be below the mean
// over its ten by twice the standard deviation of its seeds.
func TestUMAPReference(t *testing.T) {
	ref := readUMAPReference(t)
	x, labels := ref.digits(t)
	const seeds = 3
	ks := []int{5, 15, 50}
	trust, agreement := map[int]float64{}, map[int]float64{}
	for seed := range uint64(seeds) {
		low := UMAP(x, &UMAPSettings{Seed: seed})
		for _, k := range ks {
			trust[k] += Trustworthiness(x, low, k) / seeds
			agreement[k] += NeighborAgreement(low, labels, k) / seeds
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
			t.Errorf("%s of %d neighbours is %.4f, want %.4f or more", what, k, got, mean-margin)
		}
	}
	for _, k := range ks {
		check("trustworthiness", trust[k], k, func(run int) map[int]float64 { return ref.Runs[run].Trustworthiness })
		check("agreement", agreement[k], k, func(run int) map[int]float64 { return ref.Runs[run].Agreement })
	}
}

// TestUMAPIslands maps collapsed classes, whose samples differ in the ninth
// digit: every one must be an island, further from the others than it is wide.
func TestUMAPIslands(t *testing.T) {
	const n, classes = 400, 10
	z := clouds(n, 30, 1e-9, 1, 1)
	x := UMAP(z, &UMAPSettings{Epochs: 100})
	means := mat.NewDense(classes, 2, nil)
	for i := range n {
		for c := range 2 {
			means.Set(i%classes, c, means.At(i%classes, c)+x.At(i, c)*classes/n)
		}
	}
	apart, wide := math.Inf(1), 0.0
	for i := range n {
		for k := range classes {
			d := math.Sqrt(squaredDistance(x.RawRowView(i), means.RawRowView(k)))
			if k == i%classes {
				wide = max(wide, d)
			} else {
				apart = min(apart, d)
			}
		}
	}
	if apart < 2*wide {
		t.Errorf("a sample is %.2f from its own island's centre, another %.2f from a foreign one", wide, apart)
	}
}

// TestUMAPProcessors requires the same map, to the last bit, from one processor
// and four.
func TestUMAPProcessors(t *testing.T) {
	z := sheet(500, 10, 1)
	s := &UMAPSettings{Epochs: 20, Seed: 3}
	old := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(old)
	one := UMAP(z, s)
	runtime.GOMAXPROCS(4)
	if !mat.Equal(one, UMAP(z, s)) {
		t.Error("the map depends on the number of processors")
	}
	if mat.Equal(one, UMAP(z, &UMAPSettings{Epochs: 20, Seed: 4})) {
		t.Error("the map does not depend on the seed")
	}
}

// TestUMAPInit starts from a map and hardly moves it, up to shift and scale.
func TestUMAPInit(t *testing.T) {
	z := sheet(60, 10, 1)
	start := PCA(z, 3)
	before := mat.DenseCopyOf(start)
	x := UMAP(z, &UMAPSettings{Dims: 3, Epochs: 1, LearningRate: 1e-6, Init: start})
	if !mat.Equal(start, before) {
		t.Error("Init was modified")
	}
	fitBox(x, 1)
	fitBox(start, 1)
	// The start is disturbed by some 1e-4 in 10 and moves by 1e-6 in a step.
	if !mat.EqualApprox(x, start, 1e-3) {
		t.Error("the map is not where it started")
	}
}

// TestUMAPSmall maps fewer samples than neighbours, and samples that are all the
// same.
func TestUMAPSmall(t *testing.T) {
	for _, z := range []*mat.Dense{
		clouds(2, 3, 1, 0, 1), clouds(3, 3, 1, 0, 1), clouds(5, 1, 1, 0, 1), clouds(16, 3, 1, 0, 1),
		mat.NewDense(2, 2, nil), mat.NewDense(30, 2, nil),
		mat.NewDense(4, 1, []float64{0, 1e-200, 1e150, 1}),
	} {
		n, d := z.Dims()
		t.Run(fmt.Sprintf("%dx%d", n, d), func(t *testing.T) {
			x := UMAP(z, &UMAPSettings{Epochs: 20})
			if r, c := x.Dims(); r != n || c != 2 {
				t.Fatalf("map is %d×%d, want %d×2", r, c, n)
			}
			checkFinite(x)
			for c := range 2 {
				// Rounding of sums of n coordinates of some 10.
				near(t, "mean", mat.Sum(x.ColView(c))/float64(n), 0, 0, 1e-13)
			}
		})
	}
}

func TestUMAPPanics(t *testing.T) {
	z := clouds(20, 3, 1, 0, 1)
	broken := mat.DenseCopyOf(z)
	broken.Set(3, 1, math.NaN())
	endless := mat.DenseCopyOf(z)
	endless.Set(3, 1, math.Inf(1))
	labels := make([]int, 20)
	for name, f := range map[string]func(){
		"one sample":           func() { UMAP(clouds(1, 3, 1, 0, 1), nil) },
		"NaN":                  func() { UMAP(broken, nil) },
		"Inf":                  func() { UMAP(endless, nil) },
		"one neighbour":        func() { UMAP(z, &UMAPSettings{Neighbors: 1}) },
		"MinDist above Spread": func() { UMAP(z, &UMAPSettings{MinDist: 2}) },
		"negative MinDist":     func() { UMAP(z, &UMAPSettings{MinDist: -1}) },
		"negative Spread":      func() { UMAP(z, &UMAPSettings{Spread: -1}) },
		"NaN Spread":           func() { UMAP(z, &UMAPSettings{Spread: math.NaN()}) },
		"negative Dims":        func() { UMAP(z, &UMAPSettings{Dims: -1}) },
		"negative Epochs":      func() { UMAP(z, &UMAPSettings{Epochs: -1}) },
		"negative samples":     func() { UMAP(z, &UMAPSettings{NegativeSamples: -1}) },
		"negative rate":        func() { UMAP(z, &UMAPSettings{LearningRate: -1}) },
		"Init too short":       func() { UMAP(z, &UMAPSettings{Init: mat.NewDense(19, 2, nil)}) },
		"Init with NaN":        func() { UMAP(z, &UMAPSettings{Dims: 3, Init: broken}) },
		"Init too wide":        func() { UMAP(z, &UMAPSettings{Init: mat.NewDense(20, 3, nil)}) },

		"trustworthiness of other samples": func() { Trustworthiness(z, clouds(19, 2, 1, 0, 1), 3) },
		"trustworthiness of none":          func() { Trustworthiness(z, z, 0) },
		"trustworthiness of half":          func() { Trustworthiness(z, z, 10) },
		"trustworthiness of NaN":           func() { Trustworthiness(broken, z, 3) },
		"agreement of too few labels":      func() { NeighborAgreement(z, labels[1:], 3) },
		"agreement of all":                 func() { NeighborAgreement(z, labels, 20) },
		"agreement of Inf":                 func() { NeighborAgreement(endless, labels, 3) },
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
			z := clouds(n, 1000, 0.5, 0, 1)
			for b.Loop() {
				UMAP(z, nil)
			}
		})
	}
}
