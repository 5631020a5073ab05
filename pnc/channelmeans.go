package pnc

import (
	"fmt"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// ChannelMeans returns the mean of every channel of features that are images: for
// the N×d matrix z, whose rows have the given shape, an N×Channels matrix. Images
// that differ only in the position of their content have the same channel means. It
// panics if the shape does not have d values.
func ChannelMeans(z *mat.Dense, shape Shape) *mat.Dense {
	n, d := z.Dims()
	if d != shape.Dim() {
		panic(fmt.Sprintf("pnc: channel means of %v images from %d features", shape, d))
	}
	area := shape.area()
	means := mat.NewDense(n, shape.Channels, nil)
	for i := range n {
		row := z.RawRowView(i)
		for c := range shape.Channels {
			means.Set(i, c, floats.Sum(row[c*area:(c+1)*area])/float64(area))
		}
	}
	return means
}
