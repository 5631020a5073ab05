package pnc

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/gemm"
)

// simplexDistance returns NC2, the coefficient of variation of the norms of the
// rows of the centred means, and the mean absolute deviation of their cosines
// from -1/(K-1), with the reason if one is NaN because lengths are not above the
// given one.
func simplexDistance(centred *mat.Dense, least float64) (nc2, norms, angles float64, why string) {
	k, d := centred.Dims()
	m := centred.RawMatrix()
	gram := mat.NewDense(k, k, nil)
	gemm.Mul(false, true, k, k, d, 1, m.Data, m.Stride, m.Data, m.Stride, 0, gram.RawMatrix().Data, k)
	var sum, squares, length, shortest float64
	shortest = math.Inf(1)
	lengths := make([]float64, k)
	for i := range k {
		lengths[i] = math.Sqrt(gram.At(i, i))
		length += lengths[i] / float64(k)
		shortest = min(shortest, lengths[i])
	}
	if !(floats.Norm(lengths, 2)/math.Sqrt(float64(k)) > least) {
		return math.NaN(), math.NaN(), math.NaN(), meansCoincide
	}
	scale := 1 / mat.Norm(gram, 2)
	for i := range k {
		for j := range k {
			diff := scale*gram.At(i, j) - simplex(i, j, k)
			sum += diff * diff
		}
		squares += (lengths[i] - length) * (lengths[i] - length) / float64(k)
		for j := range i {
			angles += math.Abs(gram.At(i, j)/(lengths[i]*lengths[j])+1/float64(k-1)) / float64(k*(k-1)/2)
		}
	}
	if !(shortest > least) {
		angles, why = math.NaN(), meanIsCentre
	}
	return math.Sqrt(sum), math.Sqrt(squares) / length, angles, why
}

// simplex returns element (i, j) of (I - 11ᵀ/K)/√(K-1), the Gram matrix of a simplex
// equiangular tight frame of Frobenius norm 1.
func simplex(i, j, k int) float64 {
	v := -1 / float64(k)
	if i == j {
		v++
	}
	return v / math.Sqrt(float64(k-1))
}

// variation returns the coefficient of variation: the standard deviation, of all and not
// of a sample, over the absolute mean.
func variation(x []float64) float64 {
	mean := floats.Sum(x) / float64(len(x))
	squares := 0.0
	for _, v := range x {
		squares += (v - mean) * (v - mean)
	}
	return math.Sqrt(squares/float64(len(x))) / math.Abs(mean)
}

// uniformity returns GNC2 of centred class means, and the reason if it is NaN because
// lengths are not above the given one.
func uniformity(centred *mat.Dense, least float64) (v float64, why string) {
	k, d := centred.Dims()
	if k < 3 {
		return math.NaN(), "it takes three classes"
	}
	for i := range k {
		row := centred.RawRowView(i)
		length := floats.Norm(row, 2)
		if !(length > least) {
			return math.NaN(), meanIsCentre
		}
		floats.Scale(1/length, row)
	}
	m := centred.RawMatrix()
	cosines := make([]float64, k*k)
	gemm.Mul(false, true, k, k, d, 1, m.Data, m.Stride, m.Data, m.Stride, 0, cosines, k)
	var logs []float64
	for i := range k {
		for j := range i {
			square := 2 - 2*cosines[i*k+j]
			if !(square > 4*float64(d+3)*0x1p-53) {
				return math.NaN(), sameDirection
			}
			logs = append(logs, -math.Log(square)/2)
		}
	}
	return variation(logs), ""
}
