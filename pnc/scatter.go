package pnc

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/crew"
)

// scatter accumulates the class means and within-class scatter of one layer.
type scatter struct {
	count []float64  // n_k
	mean  *mat.Dense // K×d, row k is μ_k
	m2    []float64  // Σ_{i in k} ‖z_i - μ_k‖²

	crew    *crew.Crew
	partial []float64 // what each feature adds to m2
}

func newScatter(classes, dim int) *scatter {
	return &scatter{
		count: make([]float64, classes), mean: mat.NewDense(classes, dim, nil), m2: make([]float64, classes),
		crew: crew.New(), partial: make([]float64, dim),
	}
}

// add adds the samples of a block to the statistics of their classes by the
// pairwise update of Chan, Golub and LeVeque (1979), which does not cancel: with
// the mean m and the scatter s of the B new values of a feature,
//
//	μ ← μ + (m - μ) B/(n+B),  M₂ ← M₂ + s + (m - μ)² nB/(n+B).
func (s *scatter) add(b *block) {
	for u := range b.runs() {
		n, added := s.count[u.class], float64(u.to-u.from)
		mean := s.mean.RawRowView(u.class)
		s.crew.Run(b.dim, crew.Grain(u.to-u.from), crew.Func(func(from, to, _ int) {
			for r := from; r < to; r++ {
				m, squares := b.moments(r, u)
				delta := m - mean[r]
				mean[r] += delta * (added / (n + added))
				s.partial[r] = squares + delta*delta*(n*added/(n+added))
			}
		}))
		s.m2[u.class] += floats.Sum(s.partial)
		s.count[u.class] += added
	}
}

// centred returns the K×d matrix of class means minus the mean of all samples.
func (s *scatter) centred() *mat.Dense {
	m := mat.DenseCopyOf(s.mean)
	global := s.global()
	for i := range s.count {
		floats.Sub(m.RawRowView(i), global)
	}
	return m
}

// global returns the mean of all samples.
func (s *scatter) global() []float64 {
	k, d := s.mean.Dims()
	total := floats.Sum(s.count)
	global := make([]float64, d)
	for i := range k {
		floats.AddScaled(global, s.count[i]/total, s.mean.RawRowView(i))
	}
	return global
}

// between returns tr Σ_B, classes unweighted.
func (s *scatter) between() float64 {
	norm := mat.Norm(s.centred(), 2)
	return norm * norm / float64(len(s.count))
}

// measures fills in everything that follows from means and scatter.
func (s *scatter) measures(m *LayerMeasures) {
	total := floats.Sum(s.count)
	centred := s.centred()
	m.TrSigmaW, m.TrSigmaBWeighted = 0, 0
	for i := range s.count {
		between := floats.Dot(centred.RawRowView(i), centred.RawRowView(i))
		m.TrSigmaW += s.m2[i] / total
		m.TrSigmaBWeighted += between * s.count[i] / total
	}
	m.TrSigmaB = s.between()
	m.C = m.TrSigmaW / m.TrSigmaB
	m.D = 1 - maxCosine(s.mean)
	m.CDNV = s.cdnv()
	m.NC2, m.NC2Norms, m.NC2Angles = simplexDistance(centred)
}

// maxCosine returns the largest cosine between two different rows of m, and NaN
// if a row is zero.
func maxCosine(m *mat.Dense) float64 {
	k, _ := m.Dims()
	largest := math.Inf(-1)
	for i := range k {
		a := m.RawRowView(i)
		for j := range i {
			b := m.RawRowView(j)
			cos := floats.Dot(a, b) / (floats.Norm(a, 2) * floats.Norm(b, 2))
			if math.IsNaN(cos) {
				return cos
			}
			largest = max(largest, cos)
		}
	}
	return largest
}

// cdnv returns the class-distance normalised variance, averaged over pairs.
func (s *scatter) cdnv() float64 {
	var sum, pairs float64
	for i := range s.count {
		for j := range i {
			dist := floats.Distance(s.mean.RawRowView(i), s.mean.RawRowView(j), 2)
			sum += (s.m2[i]/s.count[i] + s.m2[j]/s.count[j]) / (2 * dist * dist)
			pairs++
		}
	}
	return sum / pairs
}

// simplexDistance returns NC2, the coefficient of variation of the norms of the
// rows of the centred means, and the mean absolute deviation of their cosines
// from -1/(K-1).
func simplexDistance(centred *mat.Dense) (nc2, norms, angles float64) {
	k, _ := centred.Dims()
	var gram mat.Dense
	gram.Mul(centred, centred.T())
	scale := 1 / mat.Norm(&gram, 2)
	var sum, squares, length float64
	lengths := make([]float64, k)
	for i := range k {
		lengths[i] = math.Sqrt(gram.At(i, i))
		length += lengths[i] / float64(k)
		for j := range k {
			ideal := -1 / float64(k)
			if i == j {
				ideal++
			}
			diff := scale*gram.At(i, j) - ideal/math.Sqrt(float64(k-1))
			sum += diff * diff
		}
	}
	for i := range k {
		squares += (lengths[i] - length) * (lengths[i] - length) / float64(k)
		for j := range i {
			angles += math.Abs(gram.At(i, j)/(lengths[i]*lengths[j])+1/float64(k-1)) / float64(k*(k-1)/2)
		}
	}
	return math.Sqrt(sum), math.Sqrt(squares) / length, angles
}

// selfDuality returns NC3, the distance between the directions of the classifier
// and of the centred class means.
func (s *scatter) selfDuality(classifier *mat.Dense) float64 {
	m := s.centred()
	m.Scale(1/mat.Norm(m, 2), m)
	var w mat.Dense
	w.Scale(1/mat.Norm(classifier, 2), classifier)
	m.Sub(&w, m)
	return mat.Norm(m, 2)
}
