//go:build !js

package pnc

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
)

// bootstrap returns the intervals of features without a classifier.
func bootstrap(t *testing.T, classes []*mat.Dense, replicates, seed int) map[string][2]float64 {
	t.Helper()
	b := &bootstrapped{unit: unit64, replicates: replicates, seed: seed, collapse: true}
	of, accuracy, err := b.intervals(t.Context(), append([]*mat.Dense(nil), classes...))
	if err != nil || accuracy != nil {
		t.Fatal(accuracy, err)
	}
	return of
}

// TestBootstrapReplicates compares intervals with those of replicates that are drawn
// sample by sample with the same generator and measured as data sets, for all weights of
// classes.
func TestBootstrapReplicates(t *testing.T) {
	for _, weights := range []Weights{AsPublished, BySamples, ByClasses} {
		t.Run(string(weights), func(t *testing.T) { testBootstrapReplicates(t, weights) })
	}
}

func testBootstrapReplicates(t *testing.T, weights Weights) {
	const seed, replicates, d = 9, 21, 4
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	sizes := []int{12, 7, 9}
	classes := make([]*mat.Dense, len(sizes))
	for k, n := range sizes {
		classes[k] = mat.NewDense(n, d, nil)
		linalg.Fill(classes[k], func() float64 { return 100 + float64(k) + rnd.NormFloat64() })
	}
	// The discriminant of means 100 + k, but for noise that makes it err.
	w, bias := mat.NewDense(3, d, nil), make([]float64, 3)
	for k := range 3 {
		for j := range d {
			w.Set(k, j, float64(k)+0.1*rnd.NormFloat64())
			bias[k] -= w.At(k, j) * (100 + float64(k)/2)
		}
	}
	measured := func(x *mat.Dense, labels []int) (LayerMeasures, float64) {
		data := Must(NewDataset("z", x, labels, 3))
		src := storedFeatures([]*Dataset{data}, Must(newReadout(w, bias, nil, data)))
		src.weights = weights
		ev := Must(measure(t.Context(), src, Scatter|Collapse))
		return ev.Layers[0], ev.Accuracy
	}
	// The draws of 16 replicates of a class come before those of the next class.
	draws := make([][][]int, replicates)
	gen := rand.New(rand.NewPCG(seed, 2))
	for from := 0; from < replicates; from += 16 {
		to := min(from+16, replicates)
		for k, n := range sizes {
			for r := from; r < to; r++ {
				if k == 0 {
					draws[r] = make([][]int, len(sizes))
				}
				for range n {
					draws[r][k] = append(draws[r][k], gen.IntN(n))
				}
			}
		}
	}
	values := map[string][]float64{}
	for _, draw := range draws {
		x := mat.NewDense(28, d, nil)
		i := 0
		for k := range sizes {
			for _, j := range draw[k] {
				x.SetRow(i, classes[k].RawRowView(j))
				i++
			}
		}
		m, accuracy := measured(x, labelsOf(sizes...))
		values["accuracy"] = append(values["accuracy"], accuracy)
		for _, q := range quantities {
			values[q.Name] = append(values[q.Name], q.Of(m))
		}
	}
	all := mat.NewDense(28, d, nil)
	for i := range 12 {
		all.SetRow(i, classes[0].RawRowView(i))
		if i < 7 {
			all.SetRow(12+i, classes[1].RawRowView(i))
		}
		if i < 9 {
			all.SetRow(19+i, classes[2].RawRowView(i))
		}
	}
	data, accuracy := measured(all, labelsOf(sizes...))
	phi := func(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
	b := &bootstrapped{unit: unit64, weights: weights, replicates: replicates, seed: seed, collapse: true, head: &readout{w: w, bias: bias}, classifier: w}
	got, interval, err := b.intervals(t.Context(), append([]*mat.Dense(nil), classes...))
	if err != nil {
		t.Fatal(err)
	}
	if interval != nil {
		got["accuracy"] = *interval
	}
	tested := 0
	for _, name := range []string{"C", "D", "CDNV", "NC2", "withinShare", "GNC2", "NC1", "separation", "NC3", "UNC3", "NC4", "accuracy"} {
		v := values[name]
		slices.Sort(v)
		value := accuracy
		if name != "accuracy" {
			value = Must(QuantityNamed(name)).Of(data)
		}
		if math.IsNaN(value) || v[0] == v[replicates-1] {
			t.Errorf("%s shows nothing: %v, from %v to %v", name, value, v[0], v[replicates-1])
		}
		share := 0.0
		for _, r := range v {
			switch {
			case math.Abs(r-value) < 1e-12*math.Abs(value):
				share += 0.5 / replicates
			case r < value:
				share += 1. / replicates
			}
		}
		if share < 0.01 || share > 0.99 { // all on one side
			if _, ok := got[name]; ok {
				t.Errorf("%s = %g has an interval from replicates of %g to %g", name, value, v[0], v[replicates-1])
			}
			continue
		}
		tested++
		z := math.Sqrt2 * math.Erfinv(2*share-1)
		// Means of magnitude 100 leave a relative error of 100·2⁻⁵³ of distances of order
		// one, and D is a difference of order 1e-4 of directions: 1e-10 in all.
		approx.Equal(t, name+" low", got[name][0], percentile(v, phi(2*z-1.959963984540054)), 1e-9, 0)
		approx.Equal(t, name+" high", got[name][1], percentile(v, phi(2*z+1.959963984540054)), 1e-9, 0)
	}
	if tested < 9 {
		t.Errorf("only %d of the quantities have an interval", tested)
	}
}

// TestBootstrapCovers checks that intervals of 95 % hold the C of the distribution in
// about 95 % of data sets. With samples N(μ_k, 1) in one dimension, μ = ±2 and classes of
// 200, C is 1/4 but for a bias of 0.5 %, a fifteenth of the interval. Of 100 data sets a share of 95 % has the
// standard deviation 2.2 %; the limits are four of them.
func TestBootstrapCovers(t *testing.T) {
	const seed, sets = 10, 100
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	covered := 0.0
	for i := range sets {
		classes := []*mat.Dense{mat.NewDense(200, 1, nil), mat.NewDense(200, 1, nil)}
		for k, z := range classes {
			linalg.Fill(z, func() float64 { return float64(4*k-2) + rnd.NormFloat64() })
		}
		if v := bootstrap(t, classes, 200, i)["C"]; v[0] <= 0.25 && 0.25 <= v[1] {
			covered++
		}
	}
	if share := covered / sets; math.Abs(share-0.95) > 0.09 {
		t.Errorf("%g of the intervals hold the value", share)
	}
}

// TestBootstrapFiles checks intervals of features in files, the same for the same seed,
// and that they survive JSON.
func TestBootstrapFiles(t *testing.T) {
	const seed = 3
	t.Logf("seed %d", seed)
	x, labels, k := randomFeatures(rand.New(rand.NewPCG(seed, 0)))
	names := make([]int64, len(labels))
	for i, y := range labels {
		names[i] = int64(y)
	}
	path := writeNPZ(t, filepath.Join(t.TempDir(), "f.npz"), "z.npy", x, "labels.npy", names)
	sets, err := OpenFeatures([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer sets[0].Close()
	ev := Must(sets[0].Measure(t.Context(), 0))
	if err := sets[0].Bootstrap(t.Context(), ev, 50, 1); err != nil {
		t.Fatal(err)
	}
	want := bootstrap(t, byClass(mat.DenseCopyOf(x), labels, k), 50, 1)
	if got := ev.Layers[0].Intervals; !reflect.DeepEqual(got, want) || len(got) < 8 || !(got["C"][0] < got["C"][1]) {
		t.Errorf("intervals %v, want %v", got, want)
	}
	var back Evaluation
	if err := json.Unmarshal(Must(json.Marshal(ev)), &back); err != nil || !reflect.DeepEqual(back.Layers[0].Intervals, want) {
		t.Errorf("after JSON %v, %v", back.Layers[0].Intervals, err)
	}
	if err := sets[0].Bootstrap(t.Context(), ev, 1, 1); err == nil {
		t.Error("one replicate is accepted")
	}
	// More features than the limit: the same share of every class.
	take, n := sets[0].subsample(len(labels)/2, math.MaxInt, 1)
	count := 0
	for _, y := range take {
		if y {
			count++
		}
	}
	if n != count || n > len(labels)*3/4 || n < 2*k {
		t.Errorf("%d of %d samples, counted as %d", count, len(labels), n)
	}
}

// TestBootstrapLimit checks where the second pass over replicates is left out, and that
// what is left is the same.
func TestBootstrapLimit(t *testing.T) {
	// 200 replicates of 2²⁵ features: up to 99 classes.
	for k, want := range map[int]bool{10: true, 95: true, 105: false, 1000: false} {
		if got := bootstrapCost(200, 1<<14, 1<<11, k) <= bootstrapLimit; got != want {
			t.Errorf("%d classes: %v, want %v", k, got, want)
		}
	}
	const seed = 4
	t.Logf("seed %d", seed)
	x, labels, k := randomFeatures(rand.New(rand.NewPCG(seed, 0)))
	classes := byClass(x, labels, k)
	want := bootstrap(t, classes, 20, 1)
	b := &bootstrapped{unit: unit64, replicates: 20, seed: 1}
	got, _, err := b.intervals(t.Context(), classes)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range quantities {
		i, ok := got[q.Name]
		if q.Group == Collapse && ok || q.Group == Scatter && i != want[q.Name] {
			t.Errorf("%s: %v, want %v", q.Name, i, want[q.Name])
		}
	}
	if len(got) < 5 || want["NC1"] == [2]float64{} {
		t.Errorf("intervals %v and %v", got, want)
	}
}
