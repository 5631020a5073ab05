package plotting

import "pnclab/pnc"

// Quantity is something that is measured of every layer.
type Quantity struct {
	Name   string // of files
	Title  string
	Label  string // of the axis, as MathText
	Log    bool   // whether the axis is logarithmic
	Symbol string // in equations of the legend, as MathText
	Of     func(pnc.LayerMeasures) float64
}

// CompressionOf is C_l of a layer, on a logarithmic axis.
var CompressionOf = Quantity{
	Name: "compression", Title: "Within-class compression", Label: `$C_\ell$`, Log: true, Symbol: `$C_\ell$`,
	Of: func(m pnc.LayerMeasures) float64 { return m.C },
}

// DiscriminationOf is D_l of a layer.
var DiscriminationOf = Quantity{
	Name: "discrimination", Title: "Between-class discrimination", Label: `$D_\ell$`, Symbol: `$D_\ell$`,
	Of: func(m pnc.LayerMeasures) float64 { return m.D },
}

// RankOf is the numerical rank of the features of a layer.
var RankOf = Quantity{
	Name: "rank", Title: "Numerical rank of the features", Label: "numerical rank", Symbol: "rank",
	Of: func(m pnc.LayerMeasures) float64 { return m.Rank95 },
}

// reading says how the values of a figure are read off an evaluation: which values,
// and at which layers.
type reading func(*pnc.Evaluation) (layers, values []float64)

// read reads the quantity off every layer. It panics for a quantity that only has
// values given directly.
func (q Quantity) read(ev *pnc.Evaluation) (layers, values []float64) {
	if q.Of == nil {
		panic("plotting: " + q.Name + " cannot be read off an evaluation; give its values")
	}
	for _, m := range ev.Layers {
		layers, values = append(layers, float64(m.Layer)), append(values, q.Of(m))
	}
	return layers, values
}
