package umap

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/maptest"
	"pnclab/pnc/internal/neighbors"
)

// TestPushInPlane compares the two implementations, samples that coincide and that are so
// close that forces are clipped among them. They differ at most in how a compiler rounds
// squared distances, by 2u, to which a force, of size 4 at most, is about as sensitive.
func TestPushInPlane(t *testing.T) {
	const seed, n, count = 1, 9, 40
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for round := range 100 {
		l := &layout{n: n, dims: 2, forces: newMapForces((*Options)(nil).withDefaults(n)), pushed: make([]float64, 2*n), key: rnd.Uint64()}
		scale := 3.0
		if round%3 == 0 {
			scale = 0.01
		}
		for range 2 * n {
			l.position = append(l.position, scale*rnd.NormFloat64())
		}
		if round%5 == 0 {
			copy(l.position[2:4], l.position[:2])
		}
		l.push(1, count)
		want := slices.Clone(l.pushed)
		l.pushInPlane(1, count)
		for p, v := range l.pushed {
			approx.Equal(t, fmt.Sprintf("round %d, coordinate %d", round, p), v, want[p], 0, count*4*1e-15)
		}
		if want[2] == 0 || want[0] != 0 {
			t.Errorf("round %d: sample 1 alone should be pushed, not %v", round, want)
		}
	}
}

// TestMove requires of one edge what the formulas say, with both ends pulled by the same,
// and the edge to be due in the epochs of its period.
func TestMove(t *testing.T) {
	for _, dims := range []int{1, 2, 3} {
		x := mat.NewDense(2, dims, nil)
		x.Set(0, 0, 1.5)
		// The second weight, of the edge back, is too small for it to be due.
		g := &graph{start: []int{0, 1, 2}, column: []int32{1, 0}, weight: []float64{1, 1e-9}}
		s := Options{Epochs: 100, NegativeSamples: 7, MinDist: 0.1, Spread: 1}
		l := newLayout(x, g, s, 1)
		l.rate, l.edges[0].period, l.edges[0].next = 0.5, 2, 2
		l.Do(0, 2, 0)
		l.move(0)
		approx.Equal(t, "before it is due", x.At(0, 0), 1.5, 0, 0)
		l.epoch = 1
		l.Do(0, 2, 0)
		pushes := 0.0 // by the other sample, as often as it was drawn
		for d, p := l.draws(0), 0; p < 7; p++ {
			pushes += float64(d.below(2))
		}
		l.move(0)
		l.move(1)
		step := 0.5 * l.forces.pull(1.5*1.5) * 1.5
		approx.Equal(t, "start", x.At(0, 0), 1.5-step+0.5*pushes*l.forces.push(1.5*1.5)*1.5, 1e-14, 0)
		approx.Equal(t, "end", x.At(1, 0), step, 1e-14, 0)
		approx.Equal(t, "due again", float64(l.edges[0].next), 4, 0, 0)
	}
}

// TestDraws requires the first numbers of SplitMix64 from the state 1234567, which are
// published with many implementations, and numbers that are equally frequent.
func TestDraws(t *testing.T) {
	d := draws{state: 1234567}
	for _, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821} {
		if got := d.below(1 << 62); got != int(want>>2) { // the highest 62 bits
			t.Errorf("%d, want %d", got, want>>2)
		}
	}
	const n, each = 7, 1000
	counts := make([]float64, n)
	l := &layout{key: 5, epoch: 3}
	for i := range n * each {
		e := l.draws(i)
		counts[e.below(n)]++
	}
	for v, c := range counts { // within five standard deviations, of √(each(1-1/n))
		approx.Equal(t, fmt.Sprintf("how often %d is drawn", v), c, each, 0, 5*29.3)
	}
}

// TestLayoutDims requires maps in three dimensions, by the general code, to be at least
// about as trustworthy as those in two.
func TestLayoutDims(t *testing.T) {
	z := maptest.Sheet(400, 10, 1)
	trust := func(dims int) float64 {
		return neighbors.Trustworthiness(z, Map(z, &Options{Dims: dims, Epochs: 200}, nil), 15)
	}
	plane, space := trust(2), trust(3)
	t.Logf("trustworthiness %.4f in two dimensions, %.4f in three", plane, space)
	if plane < 0.98 || space < plane-0.01 { // the data are a surface
		t.Error("want 0.98 or more in two, and no less in three")
	}
}
