package plotting

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"pnclab/pnc"
)

// Quantity is something that is measured of every layer.
type Quantity struct {
	Name   string // for names of files
	Title  string
	Label  string // of the axis, as MathText
	Log    bool   // whether the axis is logarithmic
	Symbol string // in equations of the legend, as MathText
	Of     func(pnc.LayerMeasures) float64
}

// Of returns the quantity of a layer that q of the table of measures is, such as that
// of pnc.QuantityNamed("NC1").
func Of(q pnc.Quantity) Quantity {
	first, size := utf8.DecodeRuneInString(q.Title)
	return Quantity{
		Name: strings.ToLower(q.Name), Title: string(unicode.ToUpper(first)) + q.Title[size:],
		Label: q.Symbol, Log: q.Log, Symbol: q.Symbol, Of: q.Of,
	}
}

// named is Of for a quantity that is known to be in the table, with a name for files
// in words.
func named(name, inWords string) Quantity {
	q := Of(pnc.Must(pnc.QuantityNamed(name)))
	q.Name = inWords
	return q
}

// The quantities that have figures of their own: C_l on a logarithmic axis, D_l, and
// the numerical rank.
var (
	CompressionOf    = named("C", "compression")
	DiscriminationOf = named("D", "discrimination")
	RankOf           = named("rank95", "rank")
)

// reading returns the values of an evaluation that a figure shows, and their layers.
type reading func(*pnc.Evaluation) (layers, values []float64)

// read returns the quantity of every layer. It panics for a quantity without Of,
// which can only be drawn from values.
func (q Quantity) read(ev *pnc.Evaluation) (layers, values []float64) {
	if q.Of == nil {
		panic("plotting: " + q.Name + " is not a quantity of an evaluation; use Series")
	}
	for _, m := range ev.Layers {
		layers, values = append(layers, float64(m.Layer)), append(values, q.Of(m))
	}
	return layers, values
}
