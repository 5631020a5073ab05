package pnc

import (
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
)

// labelsOf returns labels for classes of the given sizes, one class after the other.
func labelsOf(sizes ...int) (labels []int) {
	for k, n := range sizes {
		for range n {
			labels = append(labels, k)
		}
	}
	return labels
}

// TestConstantLayer checks that nothing is measured of features that are the same
// for all samples, exactly or up to rounding, whatever the sizes of the classes.
func TestConstantLayer(t *testing.T) {
	const seed = 4
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for _, sizes := range [][]int{{40, 40, 40}, {80, 15, 5}, {2, 2}, {1000, 1}} {
		labels := labelsOf(sizes...)
		for _, noise := range []float64{0, 0x1p-53} {
			x := mat.NewDense(len(labels), 7, nil)
			x.Apply(func(_, j int, _ float64) float64 {
				return (0.1 + float64(j)) * (1 + noise*2*(rnd.Float64()-0.5))
			}, x)
			m := measureOne(t, x, labels, len(sizes))
			for _, name := range []string{"C", "D", "NC1", "NC2", "NC2norms", "NC2angles", "NC2global", "NC4", "CDNV"} {
				q := Must(QuantityNamed(name))
				if v := q.Of(m); !math.IsNaN(v) {
					t.Errorf("sizes %v, noise %g: %s = %g", sizes, noise, name, v)
				}
				if m.Undefined[name] == "" && name != "NC2global" {
					t.Errorf("sizes %v, noise %g: no reason for %s", sizes, noise, name)
				}
			}
		}
	}
}

// TestRoundingThreshold checks that class means which differ by ten times the
// threshold are measured, and by a tenth of it are not.
func TestRoundingThreshold(t *testing.T) {
	labels := labelsOf(50, 50)
	for factor, defined := range map[float64]bool{10: true, 0.1: false} {
		x := mat.NewDense(100, 1, nil)
		for i, k := range labels {
			x.Set(i, 0, 1+float64(k)*factor*8*unit64) // RMS distance from the centre: half of it
		}
		m := measureOne(t, x, labels, 2)
		if got := !math.IsNaN(m.C) && !math.IsNaN(m.CDNV) && !math.IsNaN(m.NC4); got != defined {
			t.Errorf("means %g thresholds apart: C = %g, CDNV = %g, NC4 = %g", factor, m.C, m.CDNV, m.NC4)
		}
	}
}

// toHalf returns the float16 nearest to v.
func toHalf(v float64) float64 {
	_, exponent := math.Frexp(v)
	spacing := math.Ldexp(1, max(exponent-11, -24))
	return math.RoundToEven(v/spacing) * spacing
}

// halves returns the statistics of the rows of x as stored in float16.
func halves(t *testing.T, x *mat.Dense, labels []int, classes int) *statistics {
	t.Helper()
	var rounded mat.Dense
	rounded.Apply(func(_, _ int, v float64) float64 { return toHalf(v) }, x)
	n, d := x.Dims()
	src := &featureSource{samples: n, classes: classes, layers: []sourceLayer{{0, "z", d, 0x1p-11, 0x1p-24}}, last: -1}
	src.blocks = rowsInOrder(&rounded, labels, n)
	first, _, err := firstPass(t.Context(), src, Scatter)
	if err != nil {
		t.Fatal(err)
	}
	return first[0]
}

// TestRoundingBound checks that rounding to float16 moves class means by no more than it
// is said to, for features of any offset, spread and distribution, and that the bound is
// sharp: it says at most 14 times what rounding did where errors are independent (three
// standard deviations, or 0.06 of half a spacing with 400 samples, of which a mean over
// features has one or .29/√400), and for constant features at most 8 times, where the
// errors of features are spread evenly over half a spacing on either side, and the
// spacing at two standard deviations more may be twice as large.
func TestRoundingBound(t *testing.T) {
	const seed, d = 17, 40
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	noises := map[string]func() float64{
		"Gaussian": rnd.NormFloat64,
		"uniform":  func() float64 { return math.Sqrt(12) * (rnd.Float64() - 0.5) },
		"positive": func() float64 { return math.Abs(rnd.NormFloat64()) / 0.6 },
	}
	for name, noise := range noises {
		for _, offset := range []float64{0, 1e-6, 1, 1000, 1030} {
			for _, spread := range []float64{0, 1e-4, 0.3, 1, 30} { // in units of the spacing, or of one where there is none
				for _, n := range []int{3, 100, 400} {
					unit := 1.0
					if offset > 0 {
						_, exponent := math.Frexp(offset)
						unit = math.Ldexp(1, max(exponent-11, -24))
					}
					x := mat.NewDense(2*n, d, nil)
					labels := labelsOf(n, n)
					for j := range d {
						for k := range 2 {
							mean := offset + unit*rnd.Float64()
							for i := k * n; i < (k+1)*n; i++ {
								x.Set(i, j, mean+spread*unit*noise())
							}
						}
					}
					s := halves(t, x, labels, 2).scatter
					r := s.rounding()
					for k := range 2 {
						off := 0.0
						for j := range d {
							exact := mat.Sum(x.Slice(k*n, (k+1)*n, j, j+1)) / float64(n)
							off += math.Pow(s.mean.At(k, j)-exact, 2)
						}
						off = math.Sqrt(off)
						if off > r.of[k] {
							t.Errorf("%s, offset %g, spread %g, n %d: off by %g, more than %g", name, offset, spread, n, off, r.of[k])
						}
						limit := 14.
						if spread < 0.3 {
							limit = 8
						}
						if (spread == 0 || spread >= 2) && n > 3 && r.of[k] > limit*off {
							t.Errorf("%s, offset %g, spread %g, n %d: off by %g, and said to be by up to %g", name, offset, spread, n, off, r.of[k])
						}
					}
				}
			}
		}
	}
}

// TestHalfFarFromOrigin checks that class means that are two apart, of a spread of two,
// are measured in float16 at an offset of 1000, where numbers are a half apart, and that
// what is left of means that are a tenth of that apart without any spread is undefined.
func TestHalfFarFromOrigin(t *testing.T) {
	const seed, n, d = 18, 200, 20
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	build := func(distance, spread float64) *mat.Dense {
		x := mat.NewDense(2*n, d, nil)
		for i := range 2 * n {
			for j := range d {
				x.Set(i, j, 1000.2+distance*float64(i/n)+spread*rnd.NormFloat64())
			}
		}
		return x
	}
	labels := labelsOf(n, n)
	layer := sourceLayer{name: "z", dim: d, unit: 0x1p-11}
	x := build(2, 2)
	m := Must(halves(t, x, labels, 2).measures(t.Context(), layer, Scatter))
	// Rounding adds a variance of 1/48 to one of 4, 0.5 %, with an error of a twentieth of
	// that, and moves means by .5/√(12·200) = .01, of a distance of 2.
	approx.Equal(t, "C", m.C, measureOne(t, x, labels, 2).C, 0.02, 0)
	// A spread of 0.5 leaves 1/48 of rounding beside 1/4; spacings above 1024 are not met.
	var notices []string
	stop := Observe(func(n Notice) { notices = append(notices, n.String()) })
	coarse := halves(t, build(2, 0.5), labels, 2)
	Must(coarse.measures(t.Context(), layer, Scatter))
	stop()
	approx.Equal(t, "share of rounding", coarse.scatter.roundingShare(), 1./48/(1./4+1./48), 0.05, 0)
	if len(notices) != 1 || !strings.Contains(notices[0], "z: rounding to 16 bits makes up about 8 %") {
		t.Errorf("notices %q", notices)
	}
	m = Must(halves(t, build(0.1, 0), labels, 2).measures(t.Context(), layer, Scatter))
	if why := m.Undefined["C"]; !math.IsNaN(m.C) || !strings.Contains(why, "coarse in 16 bits") {
		t.Errorf("C = %v, %q", m.C, why)
	}
}

// TestWithinIsRounding checks that C and NC1 are called upper bounds where features of a
// class differ by rounding alone, and not where they differ by ten times that.
func TestWithinIsRounding(t *testing.T) {
	const seed, n = 19, 50
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for noise, want := range map[float64]bool{0: true, unit64: true, 10 * unit64: false} {
		x := mat.NewDense(2*n, 6, nil)
		x.Apply(func(i, j int, _ float64) float64 {
			return (1.1 + float64(j) - float64(2*(i/n)*j)) * (1 + noise*rnd.NormFloat64())
		}, x)
		m := measureOne(t, x, labelsOf(n, n), 2)
		for _, name := range []string{"C", "NC1", "NC1quotient", "CDNV", "withinShare", "separation", "trSigmaW"} {
			if got := m.AtMost[name] != ""; got != want || math.IsNaN(Must(QuantityNamed(name)).Of(m)) {
				t.Errorf("noise %g: %s = %g, an upper bound: %v", noise, name, Must(QuantityNamed(name)).Of(m), got)
			}
		}
		var back LayerMeasures
		if err := json.Unmarshal(Must(json.Marshal(m)), &back); err != nil || !reflect.DeepEqual(back.AtMost, m.AtMost) {
			t.Errorf("after JSON %v, %v", back.AtMost, err)
		}
		table := (&Evaluation{Layers: []LayerMeasures{m}}).String()
		if strings.Contains(table, "≤: C, NC1, ") != want {
			t.Errorf("noise %g: %s", noise, table)
		}
	}
}

// TestUnequalSimplex checks that class means at the corners of a simplex are found to
// be one whatever the sizes of the classes, and how far it seems to be from one when
// centred at the mean of all samples: the Gram matrix is then that of e_k - π, with
// π_k = n_k/N.
func TestUnequalSimplex(t *testing.T) {
	labels := labelsOf(80, 15, 5)
	x := mat.NewDense(100, 3, nil)
	for i, k := range labels {
		x.Set(i, k, 1)
	}
	classifier := mat.NewDense(3, 3, []float64{2, -1, -1, -1, 2, -1, -1, -1, 2})
	ev := Must(MeasureFeatures([]LayerFeatures{{"z", x}}, labels, 3, classifier))
	m := ev.Layers[0]
	for name, v := range map[string]float64{"NC2": m.NC2, "NC2 norms": m.NC2Norms, "NC2 angles": m.NC2Angles, "NC3": m.NC3, "NC3 Zhu": m.NC3Zhu} {
		approx.Equal(t, name, v, 0, 0, 20*0x1p-52) // sums of nine terms of order one
	}
	pi := []float64{.8, .15, .05}
	gram := mat.NewDense(3, 3, nil)
	gram.Apply(func(i, j int, _ float64) (v float64) {
		for c := range 3 {
			a, b := -pi[c], -pi[c]
			if c == i {
				a++
			}
			if c == j {
				b++
			}
			v += a * b
		}
		return v
	}, gram)
	gram.Scale(1/mat.Norm(gram, 2), gram)
	want := 0.0
	for i := range 3 {
		for j := range 3 {
			ideal := -1. / 3
			if i == j {
				ideal = 2. / 3
			}
			want += math.Pow(gram.At(i, j)-ideal/math.Sqrt2, 2)
		}
	}
	approx.Equal(t, "NC2 global", m.NC2Global, math.Sqrt(want), 1e-14, 0)
	if !(m.NC2Global > 0.5 && m.NC3Global > 0.1) {
		t.Errorf("centred at the mean of all samples: NC2 %g, NC3 %g", m.NC2Global, m.NC3Global)
	}
}

// TestNC3Zhu checks NC3 of Zhu et al. against its formula on random matrices.
func TestNC3Zhu(t *testing.T) {
	const seed = 12
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	x, w := mat.NewDense(4, 6, nil), mat.NewDense(4, 6, nil)
	linalg.Fill(x, rnd.NormFloat64)
	linalg.Fill(w, rnd.NormFloat64)
	m := Must(MeasureFeatures([]LayerFeatures{{"z", x}}, []int{0, 1, 2, 3}, 4, w)).Layers[0]
	var product [4][4]float64
	var norm, distance float64
	for i := range 4 {
		for j := range 4 {
			for c := range 6 {
				product[i][j] += w.At(i, c) * (x.At(j, c) - mat.Sum(x.ColView(c))/4)
			}
			norm += product[i][j] * product[i][j]
		}
	}
	for i := range 4 {
		for j := range 4 {
			ideal := -0.25
			if i == j {
				ideal = 0.75
			}
			distance += math.Pow(product[i][j]/math.Sqrt(norm)-ideal/math.Sqrt(3), 2)
		}
	}
	approx.Equal(t, "NC3 Zhu", m.NC3Zhu, math.Sqrt(distance), 1e-13, 0)
}

// TestDiscriminationFarFromOrigin compares D of two nearly parallel class means with
// its value in arithmetic of 300 bits. Means of magnitude 10⁸ that are of order one
// apart are rounded by 10⁻⁸ of that.
func TestDiscriminationFarFromOrigin(t *testing.T) {
	const seed = 8
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for _, offset := range []float64{0, 1, 1e4, 1e8} {
		x := mat.NewDense(3, 5, nil)
		linalg.Fill(x, func() float64 { return offset + rnd.NormFloat64() })
		want := math.Inf(1)
		for i := range 3 {
			for j := range i {
				want = min(want, oneMinusCosine(x.RawRowView(i), x.RawRowView(j)))
			}
		}
		m := measureOne(t, x, []int{0, 1, 2}, 3) // means are the samples: no rounding of theirs
		approx.Equal(t, "D", m.D, want, 20*unit64*max(1, offset), 0)
	}
}

// TestParallelMeans checks that D is 0 for class means of the same direction and other
// length, as those of a single positive feature.
func TestParallelMeans(t *testing.T) {
	x := mat.NewDense(6, 1, []float64{1.1, 1.2, 2.1, 2.3, 7.1, 7.7})
	if m := measureOne(t, x, []int{0, 0, 1, 1, 2, 2}, 3); m.D != 0 || math.IsNaN(m.C) || math.IsNaN(m.NC4) {
		t.Errorf("D = %v, C = %v, NC4 = %v", m.D, m.C, m.NC4)
	}
}

// oneMinusCosine returns 1 - cos(a, b), computed with 300 bits.
func oneMinusCosine(a, b []float64) float64 {
	dot := func(x, y []float64) *big.Float {
		s := new(big.Float).SetPrec(300)
		for i := range x {
			p := new(big.Float).SetPrec(300).SetFloat64(x[i])
			s.Add(s, p.Mul(p, new(big.Float).SetFloat64(y[i])))
		}
		return s
	}
	norms := new(big.Float).SetPrec(300).Mul(dot(a, a), dot(b, b))
	cos := new(big.Float).SetPrec(300).Quo(dot(a, b), norms.Sqrt(norms))
	v, _ := new(big.Float).SetPrec(300).Sub(big.NewFloat(1), cos).Float64()
	return v
}

// TestExtremeScales checks that multiplying features by a power of two changes no
// ratio at all, wherever in the range of float64, and that traces say when they are
// out of range.
func TestExtremeScales(t *testing.T) {
	const seed = 2
	t.Logf("seed %d", seed)
	x, labels, k := randomFeatures(rand.New(rand.NewPCG(seed, 0)))
	want := measureOne(t, x, labels, k)
	for _, e := range []int{-1000, -532, -410, 410, 532, 1000} {
		var y mat.Dense
		y.Apply(func(_, _ int, v float64) float64 { return math.Ldexp(v, e) }, x)
		got := measureOne(t, &y, labels, k)
		for _, name := range []string{"C", "D", "NC1", "NC2", "NC2norms", "NC2angles", "NC2global", "NC4", "CDNV", "rank95"} {
			q := Must(QuantityNamed(name))
			// Scaled by a power of two other than that of x, sums are the same to the bit;
			// the decomposition for NC1 may scale by other than powers of two.
			approx.Equal(t, name, q.Of(got), q.Of(want), 1e-13, 0)
		}
		if trace := math.Ldexp(want.TrSigmaW, 2*e); math.IsInf(trace, 0) || trace < 0x1p-1022 {
			if !math.IsNaN(got.TrSigmaW) || got.Undefined["trSigmaW"] == "" {
				t.Errorf("2^%d: tr Σ_W = %g", e, got.TrSigmaW)
			}
		} else if got.TrSigmaW != trace {
			t.Errorf("2^%d: tr Σ_W = %g, want %g", e, got.TrSigmaW, trace)
		}
	}
	// A scale that is found only in a later block.
	mixed := mat.DenseCopyOf(x)
	for i := range labels {
		if labels[i] == k-1 {
			for j, v := range mixed.RawRowView(i) {
				mixed.Set(i, j, math.Ldexp(v, 500))
			}
		}
	}
	m := measureOne(t, mixed, labels, k)
	mixed.Scale(0x1p-500, mixed)
	approx.Equal(t, "C of mixed scales", m.C, measureOne(t, mixed, labels, k).C, 1e-13, 0)
}

// TestWideRank checks that layers of more features than a Gram matrix of them may
// have, and fewer samples, get their rank from the Gram matrix of the samples.
func TestWideRank(t *testing.T) {
	const seed, n, d = 3, 30, 5000
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	x := mat.NewDense(n, d, nil)
	linalg.Fill(x, rnd.NormFloat64)
	labels := make([]int, n)
	for i := range labels {
		labels[i] = i % 3
		for j := range d {
			x.Set(i, j, x.At(i, j)*math.Pow(0.8, float64(i)))
		}
	}
	m := measureOne(t, x, labels, 3)
	exact := linalg.SingularValues(x)
	approx.All(t, "σ", m.SingularValues, exact, 0, 1.5e-8*exact[0])
	if want := NumericalRank(exact, 0.95); m.Rank95 != float64(want) {
		t.Errorf("rank %v, want %d", m.Rank95, want)
	}
}

// TestNoSpectrum checks that a layer too large for either Gram matrix has no singular
// values and a rank that is undefined for a stated reason, and where that begins.
func TestNoSpectrum(t *testing.T) {
	for _, c := range []struct {
		samples, dim int
		want         bool
	}{
		{16, 4096, true}, {1 << 20, 4096, true}, {4096, 4096, true}, {4096, 4097, false}, {4095, 4097, true},
		{4097, 4097, false}, {8, 1 << 21, true}, {9, 1 << 21, false},
	} {
		if got := hasSpectrum(c.samples, c.dim); got != c.want {
			t.Errorf("%d×%d: spectrum %v, want %v", c.samples, c.dim, got, c.want)
		}
	}
	const n, d = 9, 1 << 21
	x := mat.NewDense(n, d, nil)
	for i := range n {
		x.Set(i, i, 1)
	}
	data := Must(NewDataset("wide", x, []int{0, 1, 2, 0, 1, 2, 0, 1, 2}, 3))
	ev := Must(measure(t.Context(), storedFeatures([]*Dataset{data}, nil), Spectrum))
	m := ev.Layers[0]
	if m.SingularValues != nil || !math.IsNaN(m.Rank95) || m.Undefined["rank95"] == "" {
		t.Errorf("%d singular values, rank %v, reason %q", len(m.SingularValues), m.Rank95, m.Undefined["rank95"])
	}
}
