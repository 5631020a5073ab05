package pnc

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/eigen"
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/linalg"
)

// spectrum accumulates what the singular values of the N×d feature matrix of a
// layer follow from: the features themselves as long as that is little, and the
// d×d Gram matrix ZᵀZ beyond, or the N×N matrix ZZᵀ where d > 4096 ≥ N.
//
// The singular values of a stored matrix are accurate to about ε‖Z‖. Those from
// the Gram matrix are the square roots of its eigenvalues, accurate to ε‖Z‖²: a
// singular value σ is off by about ε‖Z‖²/2σ and by √ε‖Z‖ ≈ 1.5e-8‖Z‖ at worst. The
// sum of d of them, and so the point where it reaches 95 %, moves by less than
// 1.5e-8·d of the largest.
type spectrum struct {
	samples, dim int
	stored       []float64 // samples×dim, or nil
	gram         []float64 // dim×dim up to the diagonal, or nil
	both         bool      // stored as well as gram
	z            []float64
	crew         *crew.Crew
}

const (
	// storeLimit is the number of features, 8 bytes each, that are kept for an
	// exact decomposition.
	storeLimit = 1 << 16
	// widest is the dimension of the largest Gram matrix, 128 MB.
	widest = 4096
	// wideLimit is the number of features, 128 MB as well, that are kept for the N×N Gram
	// matrix ZZᵀ of layers that are wider than that; it has the same eigenvalues.
	wideLimit = 1 << 24
)

// hasSpectrum reports whether the singular values of features of this size can be
// computed in bounded time and memory.
func hasSpectrum(samples, dim int) bool {
	return samples*dim <= storeLimit || dim <= widest || samples <= widest && samples*dim <= wideLimit
}

func newSpectrum(samples, dim int) *spectrum {
	s := &spectrum{samples: samples, dim: dim, crew: crew.New()}
	if samples*dim <= storeLimit || dim > widest {
		s.stored = make([]float64, 0, samples*dim)
	} else {
		s.gram = make([]float64, dim*dim)
	}
	return s
}

// newPartSpectrum returns what newSpectrum of any number of samples may need of some of
// them: their Gram matrix, and the features where these are few.
func newPartSpectrum(samples, dim int) *spectrum {
	if dim > widest {
		return nil
	}
	s := &spectrum{samples: samples, dim: dim, crew: crew.New(), gram: make([]float64, dim*dim)}
	if samples*dim <= storeLimit {
		s.both, s.stored = true, make([]float64, 0, samples*dim)
	}
	return s
}

// add adds the samples of a block.
func (s *spectrum) add(b *block) {
	n := b.size()
	s.z = b.float64s(s.crew, s.z)
	if s.gram != nil {
		const rows = 256
		for from := 0; from < b.dim; from += rows {
			to := min(from+rows, b.dim)
			gemm.Mul(false, true, to-from, to, n, 1, s.z[from*n:], n, s.z, n, 1, s.gram[from*b.dim:], b.dim)
		}
		if !s.both {
			return
		}
	}
	for i := range n {
		for r := range b.dim {
			s.stored = append(s.stored, s.z[r*n+i])
		}
	}
}

// values returns the singular values in descending order, min(N, d) of them. It
// is called once, at the end. If the context is cancelled it returns its error at
// once; the decomposition that is running, of a few seconds at most, then ends unused.
func (s *spectrum) values(ctx context.Context) ([]float64, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if ctx.Done() == nil {
		return s.decompose(), nil
	}
	done := make(chan []float64, 1)
	go func() { done <- s.decompose() }()
	select {
	case v := <-done:
		return v, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// merge adds the samples of o, which holds what s does.
func (s *spectrum) merge(o *spectrum) {
	if s.gram != nil {
		floats.Add(s.gram, o.gram)
		return
	}
	s.stored = append(s.stored, o.stored...)
}

// shift multiplies the features added so far by 2^exponent.
func (s *spectrum) shift(exponent int) {
	scale := math.Ldexp(1, exponent)
	floats.Scale(scale, s.stored)
	floats.Scale(scale, s.gram)
	floats.Scale(scale, s.gram)
}

func (s *spectrum) decompose() []float64 {
	n := s.dim
	if s.gram == nil {
		n = len(s.stored) / s.dim
		if n*s.dim <= storeLimit {
			return linalg.SingularValues(mat.NewDense(n, s.dim, s.stored))
		}
		s.gram = make([]float64, n*n)
		gemm.Mul(false, true, n, n, s.dim, 1, s.stored, s.dim, s.stored, s.dim, 0, s.gram, n)
	}
	v, ok := eigen.Values(n, s.gram)
	if !ok {
		return linalg.NaNs(min(s.samples, s.dim))
	}
	for i := range v {
		v[i] = math.Sqrt(max(0, v[i])) // rounding may leave a tiny negative
	}
	slices.Reverse(v)
	return v[:min(s.samples, s.dim)]
}

// rankOrNaN returns the numerical rank at 95 %, NaN where it is undefined.
func rankOrNaN(sigma []float64) float64 {
	if r := NumericalRank(sigma, 0.95); r > 0 {
		return float64(r)
	}
	return math.NaN()
}

// spectralMeasures fills in the measures of singular values in descending order, which
// no factor changes.
func spectralMeasures(m *LayerMeasures, sigma []float64) {
	if len(sigma) == 0 || !(sigma[0] > 0) || math.IsInf(sigma[0], 0) {
		m.undefined("all features are zero", "rank95", "stableRank", "effectiveRank", "participation", "powerLaw")
		return
	}
	var sum, squares, fourths float64
	for _, v := range sigma {
		r := v / sigma[0]
		sum += r
		squares += r * r
		fourths += r * r * r * r
	}
	entropy := 0.0
	for _, v := range sigma {
		if p := v / sigma[0] / sum; p > 0 {
			entropy -= p * math.Log(p)
		}
	}
	m.StableRank, m.EffectiveRank, m.Participation = squares, math.Exp(entropy), squares*squares/fourths
	const first, last, least, floor = 11, 500, 10, 1e-7
	var x, y []float64
	for i := first; i <= min(last, len(sigma)); i++ {
		if r := sigma[i-1] / sigma[0]; r > floor {
			x = append(x, math.Log(float64(i)))
			y = append(y, 2*math.Log(r))
		}
	}
	if len(x) < least {
		m.undefined("a power law takes singular values beyond the twentieth", "powerLaw")
		return
	}
	_, slope := stat.LinearRegression(x, y, nil, false)
	m.PowerLaw = -slope
}

// NumericalRank returns the least r such that the r largest of the singular
// values σ, which are in descending order, sum to at least the given share of
// the sum of all (Wang et al. 2025, figure on rank and accuracy: share 0.95). It
// returns 0 if all are zero or one is NaN, and panics if the share is not in
// (0, 1].
func NumericalRank(sigma []float64, share float64) int {
	if !(share > 0 && share <= 1) {
		panic(fmt.Sprintf("pnc: NumericalRank: share %v is not in (0, 1]", share))
	}
	var sum float64
	for _, s := range sigma {
		sum += s
	}
	if !(sum > 0) {
		return 0
	}
	var part float64
	for r, s := range sigma {
		part += s
		if part >= share*sum {
			return r + 1
		}
	}
	return len(sigma)
}
