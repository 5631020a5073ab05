package pnc

import (
	"math"
	"slices"
	"strings"
)

// Reasons why a quantity is undefined.
const (
	notFinite       = "features are NaN or infinite"
	meansCoincide   = "the class means coincide up to rounding"
	twoCoincide     = "two class means coincide up to rounding"
	meanIsCentre    = "a class mean coincides with the centre up to rounding"
	meanIsZero      = "a class mean is zero up to rounding"
	sameDirection   = "two class means have the same direction up to rounding"
	outOfRange      = "too large or too small for float64"
	classifierZero  = "the classifier is zero"
	spectrumTooWide = "the layer is too wide for its spectrum"
)

// undefined sets the quantities of the given names to NaN and says why.
func (m *LayerMeasures) undefined(why string, names ...string) {
	for _, name := range names {
		for _, q := range quantities {
			if q.Name == name {
				*q.field(m) = math.NaN()
			}
		}
	}
	if m.Undefined == nil {
		m.Undefined = map[string]string{}
	}
	for _, name := range names {
		m.Undefined[name] = why
	}
}

// withinIsRounding is why what falls with the scatter within classes is an upper bound.
const withinIsRounding = "features of a class differ by no more than rounding"

// atMost says that those of the quantities of the given names that are defined are upper
// bounds.
func (m *LayerMeasures) atMost(why string, names ...string) {
	for _, q := range quantities {
		if !slices.Contains(names, q.Name) || math.IsNaN(q.Of(*m)) {
			continue
		}
		if m.AtMost == nil {
			m.AtMost = map[string]string{}
		}
		m.AtMost[q.Name] = why
	}
}

// sayCoarse adds what helps to the reasons that are rounding, if features were stored in
// 16 bits.
func (m *LayerMeasures) sayCoarse(unit float64) {
	for name, why := range m.Undefined {
		if unit > unit32 && strings.HasSuffix(why, "up to rounding") {
			m.Undefined[name] = why + ", which is coarse in 16 bits: export float32"
		}
	}
}
