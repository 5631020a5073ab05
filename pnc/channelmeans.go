package pnc

import (
	"fmt"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// ChannelMeans returns the mean of every channel of features that are images: of
// the N×d matrix z, whose rows have the given shape, an N×Channels matrix. What
// of two images differs in place only is the same in their channel means. It
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
