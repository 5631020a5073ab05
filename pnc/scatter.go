package pnc

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/gemm"
)

// scatter accumulates the class means and within-class scatter of one layer. What
// rounding may have done to them is said in [rounding].
type scatter struct {
	unit   float64    // u, of the features as stored
	tiny   float64    // the smallest positive number of their format, 0 for float64
	count  []float64  // n_k, or their mean where classes count the same
	mean   *mat.Dense // K×d, row k is μ_k
	within *mat.Dense // K×d, Σ_{i in k} (z_ij - μ_kj)²
	m2     []float64  // the sums of its rows, Σ_{i in k} ‖z_i - μ_k‖²

	weights Weights   // how classes count, see weigh
	samples []float64 // n_k where they are not in count

	crew    *crew.Crew
	partial []float64  // what each feature adds to m2
	pairs   *mat.Dense // K×K distances of class means, once they are known
	rounded *rounding  // likewise
}

func newScatter(classes, dim int, unit float64) *scatter {
	return &scatter{
		unit: unit, count: make([]float64, classes), mean: mat.NewDense(classes, dim, nil),
		within: mat.NewDense(classes, dim, nil), m2: make([]float64, classes),
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
		s.addRun(b, u, nil)
	}
}

// addRun adds the samples of one run, and writes their mean to mean if it is not nil.
func (s *scatter) addRun(b *block, u run, mean []float64) {
	s.pairs, s.rounded = nil, nil
	n, added := s.count[u.class], float64(u.to-u.from)
	class, within := s.mean.RawRowView(u.class), s.within.RawRowView(u.class)
	s.crew.Run(b.dim, crew.Grain(u.to-u.from), crew.Func(func(from, to, _ int) {
		for r := from; r < to; r++ {
			m, squares := b.moments(r, u)
			if mean != nil {
				mean[r] = m
			}
			if n == 0 { // without the rounding of an update
				class[r], s.partial[r], within[r] = m, squares, squares
				continue
			}
			delta := m - class[r]
			class[r] += delta * (added / (n + added))
			s.partial[r] = squares + delta*delta*(n*added/(n+added))
			within[r] += s.partial[r]
		}
	}))
	s.m2[u.class] += floats.Sum(s.partial)
	s.count[u.class] += added
}

// merge adds what o holds, of other samples, by the same update.
func (s *scatter) merge(o *scatter) {
	s.pairs, s.rounded = nil, nil
	for k, added := range o.count {
		n := s.count[k]
		if added == 0 {
			continue
		}
		mean, other := s.mean.RawRowView(k), o.mean.RawRowView(k)
		within := s.within.RawRowView(k)
		floats.Add(within, o.within.RawRowView(k))
		if n == 0 {
			copy(mean, other)
			s.count[k], s.m2[k] = added, o.m2[k]
			continue
		}
		between := 0.0
		for r, m := range other {
			delta := m - mean[r]
			mean[r] += delta * (added / (n + added))
			square := delta * delta * (n * added / (n + added))
			within[r] += square
			between += square
		}
		s.m2[k] += o.m2[k] + between
		s.count[k] += added
	}
}

// shift multiplies the features added so far by 2^exponent.
func (s *scatter) shift(exponent int) {
	s.pairs, s.rounded = nil, nil
	scale := math.Ldexp(1, exponent)
	s.mean.Scale(scale, s.mean)
	for range 2 {
		s.within.Scale(scale, s.within)
		floats.Scale(scale, s.m2)
	}
}

// centred returns the K×d matrix of class means minus the mean of all samples.
func (s *scatter) centred() *mat.Dense { return s.about(s.count) }

// centredMeans returns the K×d matrix of class means minus the mean of the class
// means, which is the centre of a simplex for any sizes of the classes, unless weights
// are those of samples.
func (s *scatter) centredMeans() *mat.Dense {
	if s.weights == BySamples {
		return s.centred()
	}
	ones := make([]float64, len(s.count))
	floats.AddConst(1, ones)
	return s.about(ones)
}

// global returns the mean of all samples.
func (s *scatter) global() []float64 {
	first := s.mean.RawRowView(0)
	global := append([]float64(nil), first...)
	floats.Sub(global, s.centred().RawRowView(0))
	return global
}

// about returns the class means minus their mean with the given weights. The mean is
// taken of differences from the first one, so that means that are all equal become
// exactly zero.
func (s *scatter) about(weights []float64) *mat.Dense {
	m := mat.DenseCopyOf(s.mean)
	first := s.mean.RawRowView(0)
	centre := make([]float64, len(first))
	total := floats.Sum(weights)
	for i := range weights {
		row := m.RawRowView(i)
		floats.Sub(row, first)
		floats.AddScaled(centre, weights[i]/total, row)
	}
	for i := range weights {
		floats.Sub(m.RawRowView(i), centre)
	}
	return m
}

// weigh makes classes count as w says. Where they count the same, the sums of every class
// are scaled as if it had the mean number of samples; rounding stays that of the samples
// there are.
func (s *scatter) weigh(w Weights) {
	s.weights = w
	if w != ByClasses {
		return
	}
	r := s.rounding()
	s.samples = append([]float64(nil), s.count...)
	mean := floats.Sum(s.count) / float64(len(s.count))
	for k, n := range s.samples {
		s.count[k] = mean
		s.m2[k] *= mean / n
		floats.Scale(mean/n, s.within.RawRowView(k))
	}
	s.rounded = r
}

// classSizes returns the numbers of samples of the classes.
func (s *scatter) classSizes() []float64 {
	if s.samples != nil {
		return s.samples
	}
	return s.count
}

// sampleWeights returns the weights of samples of the given classes, nil if all are one.
func (s *scatter) sampleWeights(labels []int) []float64 {
	if s.samples == nil {
		return nil
	}
	weights := make([]float64, len(labels))
	for i, k := range labels {
		weights[i] = s.count[k] / s.samples[k]
	}
	return weights
}

// rounding returns how far class means may be off.
func (s *scatter) rounding() *rounding {
	if s.rounded == nil {
		s.rounded = newRounding(s.count, s.mean, s.within, s.unit, s.tiny)
	}
	return s.rounded
}

// between returns tr Σ_B, with the weights of classes.
func (s *scatter) between() float64 {
	centred := s.centred()
	if s.weights == BySamples {
		return s.weightedBetween(centred)
	}
	norm := mat.Norm(centred, 2)
	return norm * norm / float64(len(s.count))
}

// weightedBetween returns tr Σ_B with classes weighted by their size.
func (s *scatter) weightedBetween(centred *mat.Dense) (trace float64) {
	total := floats.Sum(s.count)
	for i, n := range s.count {
		row := centred.RawRowView(i)
		trace += floats.Dot(row, row) * n / total
	}
	return trace
}

// distances returns the K×K matrix of the distances of class means.
func (s *scatter) distances() *mat.Dense {
	if s.pairs != nil {
		return s.pairs
	}
	k, d := s.mean.Dims()
	s.pairs = mat.NewDense(k, k, nil)
	s.crew.Run(k, crew.Grain(k*d), crew.Func(func(from, to, _ int) {
		for i := from; i < to; i++ {
			for j := range i {
				s.pairs.Set(i, j, floats.Distance(s.mean.RawRowView(i), s.mean.RawRowView(j), 2))
			}
		}
	}))
	for i := range k {
		for j := range i {
			s.pairs.Set(j, i, s.pairs.At(i, j))
		}
	}
	return s.pairs
}

// sizes returns R_k of every class, the root of the mean square norm of its
// features, and that of all.
func (s *scatter) sizes() (of []float64, all float64) {
	total := floats.Sum(s.count)
	of = make([]float64, len(s.count))
	for k, n := range s.count {
		of[k] = math.Hypot(math.Sqrt(s.m2[k]/n), floats.Norm(s.mean.RawRowView(k), 2))
		all += n / total * of[k] * of[k]
	}
	return of, math.Sqrt(all)
}

// measures fills in everything that follows from means and scatter, of features that
// were multiplied by 2^-exponent.
func (s *scatter) measures(m *LayerMeasures, exponent int) {
	total := floats.Sum(s.count)
	centred := s.centred()
	m.TrSigmaW = floats.Sum(s.m2) / total
	m.TrSigmaB, m.TrSigmaBWeighted = s.between(), s.weightedBetween(centred)
	_, size := s.sizes()
	if math.IsNaN(size) || math.IsInf(size, 0) {
		m.TrSigmaW, m.TrSigmaB, m.TrSigmaBWeighted = math.NaN(), math.NaN(), math.NaN()
		m.undefined(notFinite, "trSigmaW", "trSigmaB", "C", "D", "NC1", "NC2", "NC3", "NC4", "CDNV", "withinShare", "separation", "GNC2")
		return
	}
	r := s.rounding()
	if s.apart() {
		m.C = m.TrSigmaW / m.TrSigmaB
		m.NC1Quotient = m.TrSigmaW / m.TrSigmaBWeighted
	} else {
		m.undefined(meansCoincide, "C", "NC1quotient")
	}
	if all := m.TrSigmaW + m.TrSigmaBWeighted; math.Sqrt(all) > (s.unit+3*unit64)*size {
		m.WithinShare, m.BetweenShare = m.TrSigmaW/all, m.TrSigmaBWeighted/all
	} else {
		m.undefined("all samples coincide up to rounding", "withinShare", "betweenShare")
	}
	var why string
	if m.D, why = discrimination(s.mean, r.of); why != "" {
		m.undefined(why, "D")
	}
	if m.CDNV, why = s.cdnv(); why != "" {
		m.undefined(why, "CDNV")
	}
	centre := 2 * r.all
	if m.DCentred, why = discrimination(s.centredMeans(), slices.Repeat([]float64{r.all}, len(s.count))); why != "" {
		if why == meanIsZero {
			why = meanIsCentre
		}
		m.undefined(why, "Dcentred")
	}
	if m.GNC2, why = uniformity(s.centredMeans(), centre); why != "" {
		m.undefined(why, "GNC2")
	}
	if m.NC2, m.NC2Norms, m.NC2Angles, why = simplexDistance(s.centredMeans(), centre); why != "" {
		m.undefined(why, "NC2", "NC2norms", "NC2angles")
	}
	m.NC2Global, _, _, _ = simplexDistance(centred, centre)
	for name, trace := range map[string]*float64{"trSigmaW": &m.TrSigmaW, "trSigmaB": &m.TrSigmaB, "trSigmaBWeighted": &m.TrSigmaBWeighted} {
		scaled := math.Ldexp(*trace, 2*exponent)
		if math.IsInf(scaled, 0) || exponent != 0 && *trace != 0 && math.Abs(scaled) < 0x1p-1022 {
			m.undefined(outOfRange, name)
			continue
		}
		*trace = scaled
	}
	if s.withinIsRounding() {
		m.atMost(withinIsRounding, "C", "NC1quotient", "withinShare", "CDNV", "trSigmaW")
	}
}

// withinIsRounding reports whether the features of a class differ by no more than the
// rounding of every one of them, and of their differences from the mean.
func (s *scatter) withinIsRounding() bool {
	_, size := s.sizes()
	return math.Sqrt(floats.Sum(s.m2)/floats.Sum(s.count)) <= (s.unit+unit64)*size
}

// roundingShare returns the share that independent rounding errors of the features have
// in tr Σ_W.
func (s *scatter) roundingShare() float64 {
	return s.rounding().noise * floats.Sum(s.count) / floats.Sum(s.m2)
}

// apart reports whether tr Σ_B is more than rounding: whether the root mean square
// distance of the class means from their centre exceeds twice that of their rounding.
func (s *scatter) apart() bool {
	return math.Sqrt(s.between()) > 2*s.rounding().all
}

// discrimination returns D = 1 - the largest cosine between two of the means, which are
// off by up to rounded, and the reason if it is NaN.
//
// With the difference δ = a - b, t = ‖a‖ - ‖b‖ = ⟨δ, a + b⟩/(‖a‖ + ‖b‖) and
// w = δ - (t/‖b‖) b, which is ‖a‖ times the difference of the unit vectors,
// 1 - cos(a, b) = ‖w‖²/(2‖a‖²) without cancellation: its relative error is a few u
// times ‖a‖/‖δ‖ of rounding in the means themselves. It is 0 if that says no more than
// rounding of the means would, and undefined if the means themselves coincide. The
// product of all unit vectors selects the pairs for which that has to be computed.
func discrimination(means *mat.Dense, rounded []float64) (d float64, why string) {
	k, dim := means.Dims()
	norms, unit := make([]float64, k), mat.NewDense(k, dim, nil)
	for i := range k {
		norms[i] = floats.Norm(means.RawRowView(i), 2)
		if !(norms[i] > 2*rounded[i]) {
			return math.NaN(), meanIsZero
		}
		floats.ScaleTo(unit.RawRowView(i), 1/norms[i], means.RawRowView(i))
	}
	cosines := make([]float64, k*k)
	u := unit.RawMatrix()
	gemm.Mul(false, true, k, k, dim, 1, u.Data, u.Stride, u.Data, u.Stride, 0, cosines, k)
	largest := math.Inf(-1)
	for i := range k {
		for j := range i {
			largest = max(largest, cosines[i*k+j])
		}
	}
	// A sum of d products of elements of unit vectors is off by less than (d+3)u.
	margin := 2 * float64(dim+3) * 0x1p-53
	d = math.Inf(1)
	var w []float64
	for i := range k {
		for j := range i {
			if cosines[i*k+j] < largest-margin {
				continue
			}
			a, b := means.RawRowView(i), means.RawRowView(j)
			w = append(w[:0], a...)
			floats.Sub(w, b)
			t := (floats.Dot(w, a) + floats.Dot(w, b)) / (norms[i] + norms[j])
			floats.AddScaled(w, -t/norms[j], b)
			distance := floats.Norm(w, 2) / norms[i] // of the unit vectors
			if distance > rounded[i]/norms[i]+rounded[j]/norms[j] {
				d = min(d, distance*distance/2)
				continue
			}
			if !(floats.Distance(a, b, 2) > rounded[i]+rounded[j]) {
				return math.NaN(), twoCoincide
			}
			d = 0 // the same direction, up to rounding, at different lengths
		}
	}
	return d, ""
}

// cdnv returns the class-distance normalised variance, averaged over pairs, and the
// reason if it is NaN.
func (s *scatter) cdnv() (v float64, why string) {
	var sum, pairs float64
	distances, r := s.distances(), s.rounding()
	for i := range s.count {
		for j := range i {
			dist := distances.At(i, j)
			if !(dist > r.of[i]+r.of[j]) {
				return math.NaN(), twoCoincide
			}
			sum += (s.m2[i]/s.count[i] + s.m2[j]/s.count[j]) / (2 * dist * dist)
			pairs++
		}
	}
	return sum / pairs, ""
}

// selfDuality fills in NC3 and its variants for the K×d classifier that acts on the
// layer.
func (s *scatter) selfDuality(m *LayerMeasures, classifier *mat.Dense) {
	if !s.apart() {
		m.undefined(meansCoincide, "NC3", "NC3global", "NC3Zhu", "UNC3")
		return
	}
	if norm := mat.Norm(classifier, 2); !(norm > 0) || math.IsInf(norm, 0) {
		m.undefined(classifierZero, "NC3", "NC3global", "NC3Zhu", "UNC3")
		return
	}
	var w mat.Dense
	w.Scale(1/mat.Norm(classifier, 2), classifier)
	distance := func(centred *mat.Dense) float64 {
		centred.Scale(1/mat.Norm(centred, 2), centred)
		centred.Sub(&w, centred)
		return mat.Norm(centred, 2)
	}
	m.NC3, m.NC3Global = distance(s.centredMeans()), distance(s.centred())

	var product mat.Dense
	product.Mul(&w, s.centredMeans().T())
	product.Scale(1/mat.Norm(&product, 2), &product)
	cosines := make([]float64, len(s.count)) // of the rows of W and M, up to lengths
	means := s.centredMeans()
	for k := range cosines {
		lengths := floats.Norm(w.RawRowView(k), 2) * floats.Norm(means.RawRowView(k), 2)
		cosines[k] = floats.Dot(w.RawRowView(k), means.RawRowView(k)) / lengths
	}
	if m.UNC3 = variation(cosines); math.IsNaN(m.UNC3) {
		m.undefined("a row of the classifier or a centred class mean is zero", "UNC3")
	}
	product.Apply(func(i, j int, v float64) float64 { return v - simplex(i, j, len(s.count)) }, &product)
	m.NC3Zhu = mat.Norm(&product, 2)
}

// classwise returns the measures of every class.
func (s *scatter) classwise() []ClassMeasures {
	k, d := s.mean.Dims()
	between := s.between()
	if !s.apart() {
		between = math.NaN()
	}
	unit := mat.DenseCopyOf(s.mean)
	for i := range k {
		floats.Scale(1/floats.Norm(unit.RawRowView(i), 2), unit.RawRowView(i))
	}
	cosines := make([]float64, k*k)
	u := unit.RawMatrix()
	gemm.Mul(false, true, k, k, d, 1, u.Data, u.Stride, u.Data, u.Stride, 0, cosines, k)
	out := make([]ClassMeasures, k)
	for i := range out {
		out[i] = ClassMeasures{N: int(s.classSizes()[i]), C: s.m2[i] / s.count[i] / between, Cosines: cosines[i*k : (i+1)*k]}
	}
	return out
}
