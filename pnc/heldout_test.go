//go:build !js

package pnc

import (
	"math/rand/v2"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
)

// TestHeldOut checks the accuracies on held-out features against classifiers that are
// written out here: nearest means and neighbours by distance, and the least-squares
// probe by its normal equations.
func TestHeldOut(t *testing.T) {
	const seed, n, m, d, k = 14, 90, 600, 5, 3 // m beyond a block of 256 test samples
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	draw := func(n int) (*mat.Dense, []int64) {
		x, labels := mat.NewDense(n, d, nil), make([]int64, n)
		linalg.Fill(x, rnd.NormFloat64)
		for i := range n {
			labels[i] = int64(i % k)
			x.Set(i, i%k, x.At(i, i%k)+1.5)
			x.Set(i, d-1, x.At(i, d-1)+30) // far from the origin
		}
		return x, labels
	}
	x, y := draw(n)
	xt, yt := draw(m)
	dir := t.TempDir()
	sets, err := OpenFeatures([]string{
		writeNPZ(t, filepath.Join(dir, "train.npz"), "z.npy", x, "labels.npy", y),
		writeNPZ(t, filepath.Join(dir, "test.npz"), "z.npy", xt, "labels.npy", yt),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer sets[0].Close()
	defer sets[1].Close()
	ev := Must(sets[0].Measure(t.Context(), Scatter))
	if err := sets[0].HeldOut(t.Context(), ev, sets[1], 1); err != nil {
		t.Fatal(err)
	}

	means := mat.NewDense(k, d, nil)
	design, targets := mat.NewDense(n, d+1, nil), mat.NewDense(n, k, nil)
	for i := range n {
		for j := range d {
			means.Set(i%k, j, means.At(i%k, j)+x.At(i, j)/(n/k))
			design.Set(i, j, x.At(i, j))
		}
		design.Set(i, d, 1)
		targets.Set(i, i%k, 1)
	}
	var w mat.Dense // a ridge of 1e-6 moves no prediction of these
	if err := w.Solve(design, targets); err != nil {
		t.Fatal(err)
	}
	distance := func(a, b []float64) (s float64) {
		for j := range a {
			s += (a[j] - b[j]) * (a[j] - b[j])
		}
		return s
	}
	var ncc, knn, probe float64
	for i := range m {
		z := xt.RawRowView(i)
		best, most := 0, 0
		var out mat.VecDense
		out.MulVec(w.T(), mat.NewVecDense(d+1, append(append([]float64{}, z...), 1)))
		for c := range k {
			if distance(z, means.RawRowView(c)) < distance(z, means.RawRowView(best)) {
				best = c
			}
			if out.AtVec(c) > out.AtVec(most) {
				most = c
			}
		}
		// Rank samples by how many others are nearer.
		votes, nearest, nearestRank := make([]int, k), 0, n
		for a := range n {
			rank := 0
			for b := range n {
				if distance(z, x.RawRowView(b)) < distance(z, x.RawRowView(a)) {
					rank++
				}
			}
			if rank < 5 {
				votes[a%k]++
			}
			if rank < nearestRank {
				nearest, nearestRank = a%k, rank
			}
		}
		vote := nearest
		for c := range k {
			if votes[c] > votes[vote] {
				vote = c
			}
		}
		for _, e := range []struct {
			count *float64
			class int
		}{{&ncc, best}, {&knn, vote}, {&probe, most}} {
			if e.class == i%k {
				*e.count += 1. / m
			}
		}
	}
	l := ev.Layers[0]
	approx.Equal(t, "nearest class mean", l.NCCTest, ncc, 1e-12, 0)
	// Two other classes with two votes each may come in another order here.
	approx.Equal(t, "neighbours", l.KNNTest, knn, 0, 1.5/m)
	approx.Equal(t, "probe", l.ProbeTest, probe, 1e-12, 0)
	if ncc < 0.5 || ncc == 1 {
		t.Errorf("accuracy %g shows nothing", ncc)
	}

	other := writeNPZ(t, filepath.Join(dir, "other.npz"), "z.npy", xt, "labels.npy", append([]int64{7}, yt[1:]...))
	more, err := OpenFeatures([]string{other}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer more[0].Close()
	expectError(t, "another class", sets[0].HeldOut(t.Context(), ev, more[0], 1), "other.npz: no samples of class 7")
}

// TestOutOfDistribution checks NC5 by its formula, and that of samples orthogonal to all
// classes.
func TestOutOfDistribution(t *testing.T) {
	dir := t.TempDir()
	x := mat.NewDense(4, 3, []float64{1, 0, 0, 3, 0, 0, 0, 2, 0, 0, 4, 0})
	for name, c := range map[string]struct {
		other []float64
		want  float64
	}{
		"orthogonal": {[]float64{1, -1, 5, -1, 1, 7}, 0},
		"oblique":    {[]float64{3, 4, 0, 3, 4, 0}, 0.7}, // cosines .6 and .8
		"opposite":   {[]float64{-1, 0, 0, -3, 0, 0}, 0.5},
	} {
		sets, err := OpenFeatures([]string{writeNPZ(t, filepath.Join(dir, name+"x.npz"), "z.npy", x, "labels.npy", [4]int64{0, 0, 1, 1})}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer sets[0].Close()
		other, err := OpenFeatures([]string{writeNPZ(t, filepath.Join(dir, name+".npz"), "z.npy", mat.NewDense(2, 3, c.other))}, &FeatureOptions{Unlabelled: true})
		if err != nil {
			t.Fatal(err)
		}
		defer other[0].Close()
		ev := Must(sets[0].Measure(t.Context(), Scatter))
		if err := sets[0].OutOfDistribution(t.Context(), ev, other[0]); err != nil {
			t.Fatal(err)
		}
		approx.Equal(t, name, ev.Layers[0].NC5, c.want, 0, 1e-15)
	}
}
