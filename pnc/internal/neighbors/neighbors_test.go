package neighbors

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/maptest"
)

// bruteForce sorts all samples by their distance from each sample.
func bruteForce(z *mat.Dense, k int) *Lists {
	n, _ := z.Dims()
	nb := &Lists{K: k}
	for i := range n {
		var others []int32
		dist := make([]float64, n)
		for j := range n {
			dist[j] = math.Sqrt(SquaredDistance(z.RawRowView(i), z.RawRowView(j)))
			if j != i {
				others = append(others, int32(j))
			}
		}
		slices.SortStableFunc(others, func(p, q int32) int {
			switch {
			case dist[p] < dist[q]:
				return -1
			case dist[p] > dist[q]:
				return 1
			}
			return 0
		})
		for _, j := range others[:k] {
			nb.Index = append(nb.Index, j)
			nb.Dist = append(nb.Dist, dist[j])
		}
	}
	return nb
}

// fewValues returns samples with many equal distances.
func fewValues(n, d int) *mat.Dense {
	rnd := rand.New(rand.NewPCG(1, 3))
	z := mat.NewDense(n, d, nil)
	for i := range n {
		for j := range d {
			z.Set(i, j, float64(rnd.IntN(5)))
		}
	}
	return z
}

// scaled returns z multiplied by a number.
func scaled(by float64, z *mat.Dense) *mat.Dense {
	z.Scale(by, z)
	return z
}

// tinyBesideLarge returns samples whose squares vanish in single precision when the largest
// ones are near one.
func tinyBesideLarge() *mat.Dense {
	z := maptest.Clouds(200, 10, 1, 0, 15)
	for i := range 150 {
		for j := range 10 {
			z.Set(i, j, z.At(i, j)*1e-25)
		}
	}
	for j := range 10 { // so that the mean is as small
		for i := 150; i < 200; i += 2 {
			z.Set(i+1, j, -z.At(i, j))
		}
	}
	return z
}

// TestNearestExact compares with sorting, to the last bit, even where the matrix
// product alone would have no correct digit: samples far from the origin that differ
// in the ninth digit.
func TestNearestExact(t *testing.T) {
	for _, c := range []struct {
		name string
		z    *mat.Dense
		k    int
	}{
		{"apart", maptest.Clouds(300, 20, 1, 0, 1), 14},
		{"collapsed", maptest.Clouds(300, 20, 1e-9, 0, 2), 14},
		{"collapsed far away", maptest.Clouds(300, 20, 1e-6, 1e3, 3), 14},
		{"copies", maptest.Clouds(300, 20, 0, 0, 4), 14},
		{"all the same", mat.NewDense(40, 3, nil), 5},
		{"one dimension", maptest.Clouds(100, 1, 1, 0, 5), 3},
		{"all others", maptest.Clouds(20, 4, 1, 0, 6), 19},
		{"two", maptest.Clouds(2, 4, 1, 0, 7), 1},
		{"several blocks", maptest.Clouds(1100, 8, 1, 0, 8), 14}, // distances are computed for 512 rows at a time
		{"single precision is too coarse", maptest.Clouds(2000, 20, 1e-6, 0, 9), 14},
		{"more candidates than are kept", maptest.Clouds(1200, 20, 0, 0, 10), 1},
		{"tiny beside large", tinyBesideLarge(), 5},
		{"plane", maptest.Clouds(700, 2, 1, 0, 11), 14},
		{"plane, copies", maptest.Clouds(700, 2, 0, 0, 12), 14},
		{"plane, squares vanish", scaled(1e-162, maptest.Clouds(300, 2, 1, 0, 16)), 14},
		{"line, few values", fewValues(500, 1), 30},
		{"few values", fewValues(500, 3), 14},
		{"four dimensions", maptest.Clouds(500, 4, 0.1, 100, 13), 14},
		{"as many as a tree divides", maptest.Clouds(500, treeDims, 1e-9, 1, 14), 14},
		{"one more", maptest.Clouds(500, treeDims+1, 1e-9, 1, 14), 14},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, want := Exact(c.z, c.k), bruteForce(c.z, c.k)
			if !slices.Equal(got.Index, want.Index) || !slices.Equal(got.Dist, want.Dist) {
				t.Error("neighbours are not those of a sort")
			}
		})
	}
}

func TestSquaredDistance(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for n := range 20 {
		x, y := make([]float64, n), make([]float64, n)
		for j := range n {
			x[j], y[j] = rnd.NormFloat64(), rnd.NormFloat64()
		}
		approx.Equal(t, "distance", math.Sqrt(SquaredDistance(x, y)), floats.Distance(x, y, 2), 1e-14, 0)
		if SquaredDistance(x, y) != SquaredDistance(y, x) {
			t.Error("distance is not symmetric")
		}
	}
}

// recall returns the share of the neighbours in want that are in got.
func recall(got, want *Lists) float64 {
	n := len(want.Index) / want.K
	found := 0
	for i := range n {
		a, _ := got.Of(i)
		b, _ := want.Of(i)
		for _, j := range b {
			if slices.Contains(a, j) {
				found++
			}
		}
	}
	return float64(found) / float64(len(want.Index))
}

// TestNearestDescent requires the recall that the method is known to reach on
// structured data, above 0.98 (Dong, Moses and Li 2011 report 0.9 to 0.99 with fewer
// comparisons), and distances without error.
func TestNearestDescent(t *testing.T) {
	images, _ := maptest.Read(t).Digits(t)
	for _, c := range []struct {
		name string
		z    *mat.Dense
	}{
		{"images", images},
		{"sheet", maptest.Sheet(3000, 100, 1)},
		{"clouds", maptest.Clouds(3000, 10, 0.5, 0, 1)},
		{"collapsed", maptest.Clouds(3000, 10, 1e-9, 0, 1)},
		{"partly collapsed", maptest.Clouds(3000, 10, 1e-3, 0, 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, want := Approximate(c.z, 14, 1), Exact(c.z, 14)
			r := recall(got, want)
			t.Logf("recall %.4f", r)
			if r < 0.98 {
				t.Errorf("recall is %.4f, want 0.98 or more", r)
			}
			for i := range len(got.Index) / got.K {
				index, dist := got.Of(i)
				for p, j := range index {
					if d := math.Sqrt(SquaredDistance(c.z.RawRowView(i), c.z.RawRowView(int(j)))); d != dist[p] || int(j) == i {
						t.Fatalf("neighbour %d of %d is %d at %v, its distance is %v", p, i, j, dist[p], d)
					}
				}
				if !slices.IsSorted(dist) {
					t.Fatalf("the neighbours of %d are not in order", i)
				}
			}
		})
	}
}

// TestNearestDescentCopies requires full lists where all distances are equal.
func TestNearestDescentCopies(t *testing.T) {
	nb := Approximate(maptest.Clouds(1000, 5, 0, 0, 1), 14, 1)
	for i := range 1000 {
		index, dist := nb.Of(i)
		seen := map[int32]bool{int32(i): true}
		for _, j := range index {
			if seen[j] {
				t.Fatalf("neighbours of %d: %v", i, index)
			}
			seen[j] = true
		}
		if floats.Max(dist) > 0 {
			t.Fatalf("%d has 99 copies, but distances %v", i, dist)
		}
	}
}

// TestNearestDescentProcessors requires the same lists from one goroutine and
// from several, which interleave differently every time.
func TestNearestDescentProcessors(t *testing.T) {
	for _, d := range []int{20, 2*projectedDims + 1} {
		z := maptest.Sheet(1500, d, 3)
		old := runtime.GOMAXPROCS(1)
		want := Approximate(z, 10, 5)
		for range 3 {
			runtime.GOMAXPROCS(4)
			got := Approximate(z, 10, 5)
			if !slices.Equal(got.Index, want.Index) || !slices.Equal(got.Dist, want.Dist) {
				t.Errorf("%d dimensions: neighbours depend on the number of processors", d)
			}
		}
		runtime.GOMAXPROCS(old)
	}
}

// TestNearestLists offers the same samples in two different orders.
func TestNearestLists(t *testing.T) {
	a, b := newCandidates(1, 5), newCandidates(1, 5)
	squared := []float64{4, 2, 9, 2, 7, 1, 2, 8, 2, 6} // with equal ones
	for range 2 {                                      // twice, without effect
		for j := range squared {
			a.offer(0, j, squared[j])
			b.offer(0, 9-j, squared[9-j])
		}
	}
	want := []int32{5, 1, 3, 6, 8}
	if !slices.Equal(a.index, want) || !slices.Equal(b.index, want) {
		t.Errorf("lists hold %v and %v, want %v", a.index, b.index, want)
	}
}

func TestProjectionTree(t *testing.T) {
	outliers := mat.NewDense(500, 2, nil) // each twice as far away as the previous one
	for i := range 500 {
		outliers.Set(i, 0, math.Exp2(float64(i)/2))
	}
	for name, z := range map[string]*mat.Dense{
		"sheet":                   maptest.Sheet(700, 10, 1),
		"all the same":            mat.NewDense(300, 2, nil),
		"outliers":                outliers,
		"few":                     mat.NewDense(3, 2, nil),
		"projected":               maptest.Sheet(700, 2*projectedDims+1, 1),
		"projected, all the same": mat.NewDense(300, 2*projectedDims+1, nil),
	} {
		n, _ := z.Dims()
		seen := make([]int, n)
		rnd := rand.New(rand.NewPCG(1, 1))
		for _, leaf := range projectionTree(newTreeRows(newProducts[float32](newDistances(z)), rnd), 16, rnd) {
			if len(leaf) == 0 || len(leaf) > 16 {
				t.Errorf("%s: a leaf of %d samples", name, len(leaf))
			}
			for _, i := range leaf {
				seen[i]++
			}
		}
		if slices.Min(seen) != 1 || slices.Max(seen) != 1 {
			t.Errorf("%s: samples are in %d to %d leaves, want one", name, slices.Min(seen), slices.Max(seen))
		}
	}
}

// TestTreeRows requires the projection to keep nearly as much of the squares of the samples
// as the leading singular vectors do, which is the most that any one keeps.
func TestTreeRows(t *testing.T) {
	const n, d = 900, 300
	rnd := rand.New(rand.NewPCG(5, 0))
	z := mat.NewDense(n, d, nil)
	for i := range n {
		for j := range d {
			z.Set(i, j, rnd.NormFloat64()/float64(10+j))
		}
	}
	rows := newProducts[float32](newDistances(z))
	projected := newTreeRows(rows, rnd)
	x := mat.NewDense(n, d, nil)
	for i := range n {
		for j, v := range rows.row(i) {
			x.Set(i, j, float64(v))
		}
	}
	var svd mat.SVD
	if !svd.Factorize(x, mat.SVDNone) {
		t.Fatal("no singular values")
	}
	var kept, most float64
	for _, v := range projected.x {
		kept += float64(v) * float64(v)
	}
	for _, s := range svd.Values(nil)[:projectedDims] {
		most += s * s
	}
	// Two steps of iteration, from 1,024 draws of the 900 samples.
	if share := kept / most; !(share > 0.95 && share < 1+1e-5) {
		t.Errorf("%.4f of the most that %d dimensions keep", share, projectedDims)
	} else {
		t.Logf("%.4f of the most", share)
	}
}

func BenchmarkNeighbors(b *testing.B) {
	for _, n := range []int{2000, 5000, 10_000} {
		z := maptest.Sheet(n, 1000, 1)
		for name, find := range map[string]func(){
			"exact":   func() { Exact(z, 14) },
			"descent": func() { Approximate(z, 14, 1) },
		} {
			b.Run(fmt.Sprintf("%s/n=%d", name, n), func(b *testing.B) {
				for range b.N {
					find()
				}
			})
		}
	}
}

// TestFindBeyondExact uses more samples than the exact method is used for and checks
// the neighbours of some of them by brute force.
func TestFindBeyondExact(t *testing.T) {
	const n, k = maxExact + 50, 14
	z := maptest.Sheet(n, 10, 1)
	got := Find(z, k, 1)
	if e := Exact(mat.DenseCopyOf(z.Slice(0, 200, 0, 10)), k); len(e.Index) == len(got.Index) {
		t.Fatal("the test does not reach the approximate path")
	}
	found, all := 0, 0
	dist := make([]float64, n)
	for i := 0; i < n; i += 97 {
		for j := range n {
			dist[j] = SquaredDistance(z.RawRowView(i), z.RawRowView(j))
		}
		dist[i] = math.Inf(1)
		index, d := got.Of(i)
		for p, j := range index {
			if want := math.Sqrt(dist[j]); d[p] != want {
				t.Fatalf("distance of %d and %d is %v, want %v", i, j, d[p], want)
			}
		}
		for _, j := range smallestValues(dist, k, i) {
			all++
			if slices.Contains(index, int32(j)) {
				found++
			}
		}
	}
	if r := float64(found) / float64(all); r < 0.98 { // as in TestNearestDescent
		t.Errorf("recall is %.4f, want 0.98 or more", r)
	}
}

// smallestValues returns the indices of the k smallest values, except the index
// except.
func smallestValues(values []float64, k, except int) []int {
	at := make([]int, 0, k) // in ascending order of the values
	limit := math.Inf(1)
	for j, v := range values {
		if v >= limit && len(at) == k || j == except {
			continue
		}
		if len(at) < k {
			at = append(at, j)
		}
		p := len(at) - 1
		for ; p > 0 && values[at[p-1]] > v; p-- {
			at[p] = at[p-1]
		}
		at[p] = j
		limit = values[at[len(at)-1]]
	}
	return at
}

// TestResolved requires global rows to be used for data that are apart, and not for those that
// have collapsed to the rounding of single precision.
func TestResolved(t *testing.T) {
	for _, c := range []struct {
		spread float64
		want   bool
	}{{0.5, true}, {0.1, true}, {1e-3, false}, {1e-9, false}, {0, false}} {
		rows := newProducts[float32](newDistances(maptest.Clouds(2000, 10, c.spread, 0, 1)))
		if got := resolved(rows, newForest(rows, 1)[0], 14); got != c.want {
			t.Errorf("spread %g: %v, want %v", c.spread, got, c.want)
		}
	}
}

// TestRounded requires the distance of a pair to have the same bits wherever it is
// computed, in either order: otherwise a list would hold a sample twice.
func TestRounded(t *testing.T) {
	const n, d = 150, 400
	z := maptest.Clouds(n, d, 1, 0, 1)
	rows := newProducts[float32](newDistances(z))
	lists := newCandidates(n, n-1)
	j := joiner{z: z, lists: lists, global: rows}
	var all, reversed []int32
	for i := range n {
		all, reversed = append(all, int32(i)), append(reversed, int32(n-1-i))
	}
	j.join(z.RawRowView(0), all, nil)
	for i := range n {
		for p := range n - 1 {
			if k := int(lists.index[i*(n-1)+p]); lists.squared[i*(n-1)+p] != rounded(rows, i, k) {
				t.Fatalf("%d and %d: %v in a join, %v alone", i, k, lists.squared[i*(n-1)+p], rounded(rows, i, k))
			}
		}
	}
	before := slices.Clone(lists.index)
	j.join(z.RawRowView(0), reversed[:70], reversed[70:]) // other blocks, the other order
	if !slices.Equal(lists.index, before) {
		t.Error("the order in which samples are compared changes the lists")
	}
}
