package pnc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/linalg"
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
// Σ_B of the features is 1. Where the class means coincide up to rounding, tr Σ_W is 1
// instead, and where all samples do, such as the features of dead ReLUs, they are drawn in
// one point.
//
// The picture is turned and reflected so that the classes lie in the order of their
// numbers, counterclockwise: as near as possible to the corners of a regular polygon,
// see [Align]. So they keep their places from layer to layer.
//
// It panics if the numbers of labels and rows of z differ, the features have dimension
// one, or one is NaN or infinite.
func ClassMap(z *mat.Dense, labels []int, classes int) *mat.Dense {
	m := newClassMap(z, labels, classes)
	m.centres = Align(m.centres, polygon(classes))
	return m.picture()
}

// ClassMapLike is [ClassMap], turned to be like another picture of the same samples,
// such as that of the layer before or of the epoch before: its class means, and the
// angles under which samples are seen from them, come as near to those of like as
// turning can bring them. The two are turned by themselves, as they are seen along
// different directions of the features.
func ClassMapLike(like, z *mat.Dense, labels []int, classes int) *mat.Dense {
	m := newClassMap(z, labels, classes)
	_, means, around := deviations(like, labels, classes)
	_, offset, centred := deviations(m.drawn, labels, classes)
	q := procrustes(centred, around)
	m.drawn.Mul(m.drawn, q)
	// The mean of drawn samples is that of their class and an offset.
	offset.Mul(offset, q)
	means.Sub(means, offset)
	m.centres = Align(m.centres, means)
	return m.picture()
}

// classMap holds the parts of a picture.
type classMap struct {
	labels  []int
	centres *mat.Dense // K×2, the class means m_k
	drawn   *mat.Dense // N×2, where samples are drawn, seen from there
}

func newClassMap(z *mat.Dense, labels []int, classes int) *classMap {
	n, d := z.Dims()
	if n != len(labels) || d < 2 {
		panic(fmt.Sprintf("pnc: ClassMap of %d×%d features with %d labels", n, d, len(labels)))
	}
	z = linalg.Ordinary(z)
	count, mean, deviation := deviations(z, labels, classes)
	m := &classMap{labels: labels, centres: PCA(mean, 2), drawn: PCA(deviation, 2)}
	between := math.Sqrt((&scatter{count: count, mean: mean}).between())
	within := mat.Norm(deviation, 2) / math.Sqrt(float64(n))
	least := 4 * unit64 * mat.Norm(z, 2) / math.Sqrt(float64(n)) // of the rounding of means
	scale := 0.0
	switch {
	case between > least:
		scale = 1 / between
	case within > least:
		scale = 1 / within
	}
	m.centres.Scale(scale, m.centres)
	for i := range n {
		radius := scale * mat.Norm(deviation.RowView(i), 2)
		sin, cos := math.Sincos(math.Atan2(m.drawn.At(i, 1), m.drawn.At(i, 0)))
		m.drawn.SetRow(i, []float64{radius * cos, radius * sin})
	}
	return m
}

// picture puts the parts together.
func (m *classMap) picture() *mat.Dense {
	for i, k := range m.labels {
		floats.Add(m.drawn.RawRowView(i), m.centres.RawRowView(k))
	}
	return m.drawn
}

// deviations returns the sizes of the classes, their means, K×d, and the deviations of
// the samples from these, N×d.
func deviations(z *mat.Dense, labels []int, classes int) (count []float64, mean, deviation *mat.Dense) {
	n, d := z.Dims()
	mean, deviation = mat.NewDense(classes, d, nil), mat.NewDense(n, d, nil)
	count = make([]float64, classes)
	for i, k := range labels {
		count[k]++
		row := mean.RawRowView(k)
		for j, v := range z.RawRowView(i) {
			row[j] += (v - row[j]) / count[k]
		}
	}
	for i, k := range labels {
		floats.SubTo(deviation.RawRowView(i), z.RawRowView(i), mean.RawRowView(k))
	}
	return count, mean, deviation
}

// polygon returns the corners of a regular polygon around the origin.
func polygon(corners int) *mat.Dense {
	p := mat.NewDense(corners, 2, nil)
	for k := range corners {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / float64(corners))
		p.SetRow(k, []float64{cos, sin})
	}
	return p
}
