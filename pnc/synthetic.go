package pnc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/linalg"
	"pnclab/pnc/internal/random"
)

// NearlyOrthonormal is the data of the theorem: the N = Classes·PerClass samples
// are the columns of a Dim×N matrix with orthonormal columns, uniformly
// distributed, plus a Gaussian matrix scaled to Frobenius norm Noise. Sample i
// has class i / PerClass. [Theta] measures how far it is from orthonormal.
type NearlyOrthonormal struct {
	Classes, PerClass, Dim int
	// Noise is the Frobenius norm of the whole perturbation; it is 1 in the paper's
	// experiments.
	Noise float64
	// Common is the norm of a random vector added to all samples; it is 0 in the
	// paper. Class means, which have norms near 1/√PerClass, then have cosines near
	// Common²/(1/PerClass + Common²) instead of near zero.
	Common float64 `json:",omitempty"`
}

// Generate draws the data from the seed.
func (s NearlyOrthonormal) Generate(seed int) (*Dataset, error) {
	n := s.Classes * s.PerClass
	if err := checkSynthetic("nearly orthonormal data", s.Classes, s.PerClass, s.Dim); err != nil {
		return nil, err
	}
	if n > s.Dim {
		return nil, fmt.Errorf("nearly orthonormal data: %d samples cannot be orthonormal in dimension %d; use Dim ≥ %d or fewer samples", n, s.Dim, n)
	}
	for name, v := range map[string]float64{"Noise": s.Noise, "Common": s.Common} {
		if v < 0 || math.IsInf(v, 0) || math.IsNaN(v) {
			return nil, fmt.Errorf("nearly orthonormal data: %s is %v; it must be finite and not negative", name, v)
		}
	}
	rnd := random.New(seed, random.Data)
	columns := linalg.Haar(s.Dim, n, rnd)
	noise := mat.NewDense(s.Dim, n, nil)
	linalg.Fill(noise, rnd.NormFloat64)
	noise.Scale(s.Noise/mat.Norm(noise, 2), noise)
	columns.Add(columns, noise)
	name := fmt.Sprintf("nearly orthonormal, noise %g", s.Noise)
	if s.Common > 0 {
		common := mat.NewVecDense(s.Dim, linalg.Haar(s.Dim, 1, rnd).RawMatrix().Data)
		common.ScaleVec(s.Common, common)
		for i := range n {
			x := columns.ColView(i).(*mat.VecDense)
			x.AddVec(x, common)
		}
		name += fmt.Sprintf(", common part %g", s.Common)
	}
	return NewDataset(name, mat.DenseCopyOf(columns.T()), blockLabels(s.Classes, s.PerClass), s.Classes)
}

// OneHot is the input of unconstrained features models: every sample is a unit vector of
// its own, PerClass of them in each class, so that the columns of the first weight matrix
// are the features of the samples and training is free to choose them. Sample i has class
// i / PerClass.
type OneHot struct {
	Classes, PerClass int
}

// Generate returns the data, which do not depend on the seed.
func (s OneHot) Generate(int) (*Dataset, error) {
	n := s.Classes * s.PerClass
	if err := checkSynthetic("one-hot data", s.Classes, s.PerClass, n); err != nil {
		return nil, err
	}
	return NewDataset("one-hot samples", Identity(1).weights(n, n, nil), blockLabels(s.Classes, s.PerClass), s.Classes)
}

// GaussianSpectrum is data without class structure and far from orthonormal: a
// Gaussian N×Dim matrix whose singular values are replaced by numbers uniform in
// [Low, High]; 0, 0 means [20, 21].
type GaussianSpectrum struct {
	Classes, PerClass, Dim int
	Low, High              float64
}

// Generate draws the data from the seed.
func (s GaussianSpectrum) Generate(seed int) (*Dataset, error) {
	if err := checkSynthetic("Gaussian data", s.Classes, s.PerClass, s.Dim); err != nil {
		return nil, err
	}
	low, high := s.Low, s.High
	if low == 0 && high == 0 {
		low, high = 20, 21
	}
	if !(0 < low && low <= high) || math.IsInf(high, 0) {
		return nil, fmt.Errorf("gaussian data: singular values in [%g, %g]; they must be positive and in ascending order", low, high)
	}
	rnd := random.New(seed, random.Data)
	x := mat.NewDense(s.Classes*s.PerClass, s.Dim, nil)
	linalg.Fill(x, rnd.NormFloat64)
	var svd mat.SVD
	if !svd.Factorize(x, mat.SVDThin) {
		return nil, fmt.Errorf("gaussian data: the singular value decomposition did not converge")
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	_, rank := u.Dims()
	sigma := mat.NewDiagDense(rank, nil)
	for i := range rank {
		sigma.SetDiag(i, low+(high-low)*rnd.Float64())
	}
	u.Mul(&u, sigma)
	x.Mul(&u, v.T())
	name := fmt.Sprintf("Gaussian, singular values in [%g, %g]", low, high)
	return NewDataset(name, x, blockLabels(s.Classes, s.PerClass), s.Classes)
}

// Uniform is data without class structure whose features are independent and
// uniform in [-1, 1], scaled by 1/√Dim so that samples have norms near 1/√3.
type Uniform struct {
	Classes, PerClass, Dim int
}

// Generate draws the data from the seed.
func (s Uniform) Generate(seed int) (*Dataset, error) {
	if err := checkSynthetic("uniform data", s.Classes, s.PerClass, s.Dim); err != nil {
		return nil, err
	}
	rnd := random.New(seed, random.Data)
	x := mat.NewDense(s.Classes*s.PerClass, s.Dim, nil)
	scale := 1 / math.Sqrt(float64(s.Dim))
	linalg.Fill(x, func() float64 { return scale * (2*rnd.Float64() - 1) })
	return NewDataset("uniform", x, blockLabels(s.Classes, s.PerClass), s.Classes)
}

// Blobs is data with class structure: Gaussian clouds of standard deviation
// Spread in every direction around class means that are drawn uniformly from the
// unit sphere. In two dimensions the means are equally spaced on the unit circle, so
// that pictures for different seeds agree up to rotation.
type Blobs struct {
	Classes, PerClass, Dim int
	Spread                 float64
	// Common is the norm of a random vector added to all samples, 0 for none. It changes
	// neither C nor D̃ of the data, which see differences of means only.
	Common float64 `json:",omitempty"`
}

// Generate draws the data from the seed. Those with a Common are the ones without it,
// moved.
func (s Blobs) Generate(seed int) (*Dataset, error) {
	if err := checkSynthetic("blobs", s.Classes, s.PerClass, s.Dim); err != nil {
		return nil, err
	}
	for name, v := range map[string]float64{"Spread": s.Spread, "Common": s.Common} {
		if v < 0 || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("blobs: %s is %v; it must be finite and not negative", name, v)
		}
	}
	rnd := random.New(seed, random.Data)
	x := mat.NewDense(s.Classes*s.PerClass, s.Dim, nil)
	turn := rnd.Float64()
	for k := range s.Classes {
		mean := make([]float64, s.Dim)
		var norm float64
		for j := range mean {
			mean[j] = rnd.NormFloat64()
			norm += mean[j] * mean[j]
		}
		for j := range mean {
			mean[j] /= math.Sqrt(norm)
		}
		if s.Dim == 2 {
			mean[1], mean[0] = math.Sincos(2 * math.Pi * (turn + float64(k)/float64(s.Classes)))
		}
		for i := range s.PerClass {
			row := x.RawRowView(k*s.PerClass + i)
			for j := range row {
				row[j] = mean[j] + s.Spread*rnd.NormFloat64()
			}
		}
	}
	name := fmt.Sprintf("blobs, spread %g", s.Spread)
	if s.Common > 0 {
		common := linalg.Haar(s.Dim, 1, rnd).RawMatrix().Data
		for i := range s.Classes * s.PerClass {
			floats.AddScaled(x.RawRowView(i), s.Common, common)
		}
		name += fmt.Sprintf(", common part %g", s.Common)
	}
	return NewDataset(name, x, blockLabels(s.Classes, s.PerClass), s.Classes)
}

// checkSynthetic returns an error if no data can have these numbers.
func checkSynthetic(name string, classes, perClass, dim int) error {
	switch {
	case classes < 2:
		return fmt.Errorf("%s: Classes is %d; at least two are needed", name, classes)
	case perClass < 1:
		return fmt.Errorf("%s: PerClass is %d; every class needs at least one sample", name, perClass)
	case dim < 1:
		return fmt.Errorf("%s: Dim is %d; it must be positive", name, dim)
	}
	return nil
}

// blockLabels returns perClass labels 0, then perClass labels 1, and so on.
func blockLabels(classes, perClass int) []int {
	labels := make([]int, 0, classes*perClass)
	for k := range classes {
		for range perClass {
			labels = append(labels, k)
		}
	}
	return labels
}
