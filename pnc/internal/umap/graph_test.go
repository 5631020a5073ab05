package umap

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/maptest"
	"pnclab/pnc/internal/neighbors"
)

// TestGraphReference compares the strengths of edges, σ and ρ with those of
// umap-learn, which computes them in single precision and bisects until the sum is
// accurate to 1e-5: strengths agree to a small multiple of that.
func TestGraphReference(t *testing.T) {
	ref := maptest.Read(t).Small
	nb := neighbors.Exact(maptest.Rows(ref.High), ref.Graph.Neighbors-1)
	for i := range ref.High {
		_, dist := nb.Of(i)
		rho, sigma := smoothDistance(dist, 1)
		approx.Equal(t, "ρ", rho, ref.Graph.Rho[i], 1e-6, 0)
		approx.Equal(t, "σ", sigma, ref.Graph.Sigma[i], 1e-4, 0)
	}
	g := newGraph(nb)
	var edges [][3]float64
	for i := range g.n() {
		columns, weights := g.of(i)
		if !slices.IsSorted(columns) {
			t.Errorf("columns of row %d are not in order", i)
		}
		for p, j := range columns {
			back, backWeights := g.of(int(j))
			q := slices.Index(back, int32(i))
			if q < 0 || backWeights[q] != weights[p] {
				t.Errorf("edge %d-%d is not symmetric", i, j)
			}
			if i < int(j) {
				edges = append(edges, [3]float64{float64(i), float64(j), weights[p]})
			}
		}
	}
	if len(edges) != len(ref.Graph.Edges) {
		t.Fatalf("%d edges, want %d", len(edges), len(ref.Graph.Edges))
	}
	for p, want := range ref.Graph.Edges {
		if edges[p][0] != want[0] || edges[p][1] != want[1] {
			t.Fatalf("edge %d is %v, want %v", p, edges[p], want)
		}
		approx.Equal(t, "strength", edges[p][2], want[2], 0, 2e-5)
	}
}

// TestSmoothDistance requires the defining equation of σ where it has a solution,
// and the lower bound where it has none.
func TestSmoothDistance(t *testing.T) {
	for _, c := range []struct {
		name       string
		dist       []float64
		rho, sigma float64 // σ 0 for the solution of the equation
	}{
		{"spread", []float64{1, 2, 3, 4, 5, 6, 7}, 1, 0},
		{"far", []float64{1000, 1001, 1003, 1003, 1004, 1008, 1010}, 1000, 0},
		{"small", []float64{1e-9, 2e-9, 3e-9, 4e-9, 5e-9, 6e-9, 7e-9}, 1e-9, 0},
		{"a copy", []float64{0, 2, 3, 4, 5, 6, 7}, 2, 0},
		{"half copies", []float64{0, 0, 0, 0, 0, 0, 7}, 7, 1e-3},
		{"all copies", []float64{0, 0, 0, 0, 0, 0, 0}, 0, 1e-3 * 5},
		{"equal", []float64{2, 2, 2, 2, 2, 2, 2}, 2, 2e-3},
	} {
		rho, sigma := smoothDistance(c.dist, 5)
		approx.Equal(t, c.name+": ρ", rho, c.rho, 0, 0)
		if c.sigma > 0 {
			approx.Equal(t, c.name+": σ", sigma, c.sigma, 1e-12, 0)
			continue
		}
		var sum float64
		for _, d := range c.dist {
			sum += membership(d, rho, sigma)
		}
		approx.Equal(t, c.name+": sum", sum, math.Log2(8), 0, 1e-5) // where the bisection stops
	}
}

// TestMapCurve compares a and b with the least-squares fit of scipy in
// umap-learn, which stops at a relative change of 1e-8.
func TestMapCurve(t *testing.T) {
	for _, c := range maptest.Read(t).Curves {
		a, b := mapCurve(c.MinDist, c.Spread)
		approx.Equal(t, "a", a, c.A, 1e-5, 0)
		approx.Equal(t, "b", b, c.B, 1e-5, 0)
	}
}

// TestPowerTable requires the stated accuracy, up to rounding.
func TestPowerTable(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, b := range []float64{0.79, 0.895, 1, 1.33, 1.9} {
		table := newPowerTable(1, b)
		for range 1000 {
			x := math.Exp(20 * rnd.NormFloat64())
			approx.Equal(t, "power", table.of(x), math.Pow(x, b), b*math.Abs(b-1)/(1<<23)+1e-13, 0)
		}
	}
}

// TestMapForces compares with finite differences of the cross-entropy, at
// distances where the 0.001 in the denominator is below their error.
func TestMapForces(t *testing.T) {
	s := (*Options)(nil).withDefaults(100)
	a, b := mapCurve(s.MinDist, s.Spread)
	f := newMapForces(s)
	for _, x := range []float64{0.5, 2, 8} { // on a line, the other sample at 0
		v := func(x float64) float64 { return 1 / (1 + a*math.Pow(x*x, b)) }
		central := &fd.Settings{Formula: fd.Central}
		approx.Equal(t, "pull", f.pull(x*x)*x, fd.Derivative(func(x float64) float64 { return -math.Log(v(x)) }, x, central), 1e-6, 0)
		approx.Equal(t, "push", f.push(x*x)*x*(0.001+x*x)/(x*x), fd.Derivative(func(x float64) float64 { return math.Log(1 - v(x)) }, x, central), 1e-6, 0)
	}
}

// TestScheduleEdges requires every edge to be due as often as its weight says.
func TestScheduleEdges(t *testing.T) {
	g := &graph{start: []int{0, 2, 3, 4}, column: []int32{1, 2, 0, 0}, weight: []float64{0.8, 0.2, 0.8, 0.001}}
	start, edges := scheduleEdges(g, 100)
	if !slices.Equal(start, []int{0, 2, 3, 3}) {
		t.Errorf("edges begin at %v", start)
	}
	if len(edges) != 3 {
		t.Fatalf("%d edges, want 3: the weakest is due once in 800 epochs", len(edges))
	}
	for p, want := range []float64{1, 4, 1} {
		approx.Equal(t, "period", float64(edges[p].period), want, 0x1p-24, 0) // rounded to float32
	}
}

// TestLaplacianMap compares with the eigenvectors of the full matrix: the subspaces
// agree as far as the residual allows, divided by the gap to the next eigenvalue
// (Davis and Kahan 1970).
func TestLaplacianMap(t *testing.T) {
	const n, dims = 300, 3
	g := newGraph(neighbors.Exact(maptest.Sheet(n, 10, 2), 14))
	if c := len(g.components()); c != 1 {
		t.Fatalf("%d components", c)
	}
	got := laplacianMap(g, dims, rand.New(rand.NewPCG(1, 1)))

	degree := make([]float64, n)
	for i := range n {
		_, weights := g.of(i)
		degree[i] = floats.Sum(weights)
	}
	laplacian := mat.NewSymDense(n, nil)
	for i := range n {
		laplacian.SetSym(i, i, 1)
		columns, weights := g.of(i)
		for p, j := range columns {
			laplacian.SetSym(i, int(j), -weights[p]/math.Sqrt(degree[i]*degree[j]))
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(laplacian, true) {
		t.Fatal("no eigenvalues")
	}
	var vectors, product mat.Dense
	eigen.VectorsTo(&vectors)
	values := eigen.Values(nil)
	approx.Equal(t, "smallest eigenvalue", values[0], 0, 0, 1e-12)
	product.Mul(vectors.Slice(0, n, 1, dims+1).T(), got)
	var svd mat.SVD
	svd.Factorize(&product, mat.SVDNone)
	gap := values[dims+1] - values[dims]
	sine := math.Sqrt(dims) * lanczosResidual / gap
	for _, cosine := range svd.Values(nil) {
		approx.Equal(t, "cosine of an angle between the subspaces", cosine, 1, 0, sine*sine)
	}
}

// TestLargestEigenvectorsMultiple finds eigenvectors of two of several equal
// eigenvalues, those of the complete graph, for which the Krylov space of one vector
// is too small.
func TestLargestEigenvectorsMultiple(t *testing.T) {
	const n = 12
	known := make([]float64, n)
	for i := range known {
		known[i] = 1
	}
	multiply := func(dst, v []float64) { // A = 1·1ᵀ/n + (I - 1·1ᵀ/n)/2
		mean := floats.Sum(v) / n
		for i := range dst {
			dst[i] = mean + (v[i]-mean)/2
		}
	}
	x := largestEigenvectors(multiply, known, 2, rand.New(rand.NewPCG(1, 1)))
	var gram mat.Dense
	gram.Mul(x.T(), x)
	if !mat.EqualApprox(&gram, mat.NewDiagDense(2, []float64{1, 1}), 1e-12) {
		t.Errorf("not orthonormal: %v", mat.Formatted(&gram))
	}
	for c := range 2 {
		approx.Equal(t, "sum", mat.Sum(x.ColView(c)), 0, 0, 1e-12)
	}
}

func TestGraphComponents(t *testing.T) {
	g := newGraph(neighbors.Exact(maptest.Clouds(60, 5, 1e-3, 0, 1), 3))
	components := g.components()
	if len(components) < 10 {
		t.Fatalf("%d components of 10 clouds", len(components))
	}
	seen := 0
	for _, members := range components {
		seen += len(members)
		sub := g.subgraph(members)
		if len(sub.components()) != 1 {
			t.Error("a component is not connected")
		}
		for p, i := range members {
			if i%10 != members[0]%10 {
				t.Error("a component has samples of two clouds")
			}
			_, want := g.of(i)
			_, got := sub.of(p)
			if !slices.Equal(got, want) {
				t.Errorf("weights of %d in its component are %v, want %v", i, got, want)
			}
		}
	}
	if seen != 60 {
		t.Errorf("components have %d samples, want 60", seen)
	}
}

// TestArrangeMeans recovers points in the plane up to a rigid motion, and lays out a
// simplex, whose corners all have the same distance, without placing two on the same
// point.
func TestArrangeMeans(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for name, z := range map[string]*mat.Dense{"triangle": mat.NewDense(3, 3, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1}), "two": mat.NewDense(2, 4, []float64{1, 2, 3, 4, 4, 3, 2, 1})} {
		x := arrangeMeans(z, 2, rnd)
		m, _ := z.Dims()
		for i := range m {
			for j := range i {
				// The method converges linearly.
				approx.Equal(t, name+": distance", floats.Distance(x.RawRowView(i), x.RawRowView(j), 2), floats.Distance(z.RawRowView(i), z.RawRowView(j), 2), 1e-6, 0)
			}
		}
	}
	const m = 10
	simplex := mat.NewDense(m, m, nil)
	for i := range m {
		simplex.Set(i, i, 1)
	}
	x := arrangeMeans(simplex, 2, rnd)
	for i := range m {
		for j := range i {
			if d := floats.Distance(x.RawRowView(i), x.RawRowView(j), 2); d < 0.2 {
				t.Errorf("corners %d and %d of a simplex are %.2f apart in the map", i, j, d)
			}
		}
	}
}
