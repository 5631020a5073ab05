package pnc

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// PCA returns the coordinates of the rows of the N×d matrix z along its first
// dims principal components, an N×dims matrix: the centred samples projected on
// the directions of largest variance, so that distances shrink as little as
// possible. The sign of a component is chosen so that its largest coordinate in
// absolute value is positive. It panics if dims is not in 1..min(N, d), or z
// contains NaN.
func PCA(z *mat.Dense, dims int) *mat.Dense {
	n, d := z.Dims()
	if dims < 1 || dims > min(n, d) {
		panic(fmt.Sprintf("pnc: PCA: %d components of %d samples of dimension %d", dims, n, d))
	}
	centred := mat.DenseCopyOf(z)
	for j := range d {
		mean := stat.Mean(mat.Col(nil, j, z), nil)
		for i := range n {
			centred.Set(i, j, centred.At(i, j)-mean)
		}
	}
	var svd mat.SVD
	if !svd.Factorize(centred, mat.SVDThinU) {
		panic("pnc: PCA: the singular value decomposition did not converge")
	}
	var u mat.Dense
	svd.UTo(&u)
	s := svd.Values(nil)
	out := mat.NewDense(n, dims, nil)
	for j := range dims {
		largest := 0.0
		for i := range n {
			if v := u.At(i, j); v*v > largest*largest {
				largest = v
			}
		}
		scale := s[j]
		if largest < 0 {
			scale = -scale
		}
		for i := range n {
			out.Set(i, j, scale*u.At(i, j))
		}
	}
	return out
}
