package pnc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// ClassMap returns a two-dimensional picture of features that shows C: an N×2 matrix
// in which every sample has its true distance from the mean of its class, and class
// means are placed at their first two principal components.
//
// Projections onto a plane hide the spread orthogonal to it, which is most of it.
// Here sample i of class k is drawn at
//
//	m_k + ‖z_i - μ_k‖ (cos φ_i, sin φ_i),
//
// where m_k are the principal components of the class means, and φ_i is the polar
// angle of z_i - μ_k projected on the first two principal components of the
// within-class deviations. The within-class scatter of the picture, measured from
// the points m_k, equals that of the features. So does the between-class scatter for
// K ≤ 3, where the centred means lie in the plane. The picture is scaled so that tr
// Σ_B of the features is 1.
//
// It panics if the numbers of labels and rows of z differ or the features have
// dimension one.
func ClassMap(z *mat.Dense, labels []int, classes int) *mat.Dense {
	n, d := z.Dims()
	if n != len(labels) || d < 2 {
		panic(fmt.Sprintf("pnc: ClassMap of %d×%d features with %d labels", n, d, len(labels)))
	}
	mean, count := mat.NewDense(classes, d, nil), make([]float64, classes)
	for i, k := range labels {
		count[k]++
		row := mean.RawRowView(k)
		for j, v := range z.RawRowView(i) {
			row[j] += (v - row[j]) / count[k]
		}
	}
	deviation := mat.NewDense(n, d, nil)
	for i, k := range labels {
		row := deviation.RawRowView(i)
		for j, v := range z.RawRowView(i) {
			row[j] = v - mean.At(k, j)
		}
	}
	centres := PCA(mean, min(2, classes))
	seen := PCA(deviation, 2)
	scale := 1 / math.Sqrt((&scatter{count: count, mean: mean}).between())
	out := mat.NewDense(n, 2, nil)
	for i, k := range labels {
		radius := mat.Norm(deviation.RowView(i), 2)
		sin, cos := math.Sincos(math.Atan2(seen.At(i, 1), seen.At(i, 0)))
		out.Set(i, 0, scale*(centres.At(k, 0)+radius*cos))
		out.Set(i, 1, scale*(centres.At(k, 1)+radius*sin))
	}
	return out
}
