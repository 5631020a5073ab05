//go:build !js

package pnc

import (
	"fmt"
	"math"
)

// defaultMaxMemory is what measuring may take unless FeatureOptions.MaxMemory says
// otherwise: enough for 10,000 classes, not for a file of a megabyte with as many classes
// as samples in twelve thousand dimensions.
const defaultMaxMemory = 8e9

// memory estimates the bytes that measuring the layer takes, from its shape alone: the
// largest of its passes to within a factor of two. With K classes, dimension d and B
// samples in a block these are
//
//	pieces of the file, as they are and in float64    some B·d
//	class means, scatter and what NC1 makes of them   up to 9 K·d
//	pairs of classes                                  up to 4 K²
//	the Gram matrix and its eigenvalues               3 d², or 3 N² if there are fewer samples
func (l *storedLayer) memory(labels *classLabels, what Measures) float64 {
	n, k, d := float64(labels.kept), float64(len(labels.names)), float64(l.pool.dim)
	raw, block := 0.0, 0.0 // the largest part
	for _, a := range l.parts {
		rows := float64(min(a.Len(), min(chunkRows, max(1, chunkElements/a.RowLen()))))
		raw = max(raw, rows*float64(a.RowLen())*float64(a.Type.Width))
		block = max(block, rows)
	}
	const word = 8
	element := 2.0 * word // as rows and as columns
	if l.parts[0].Type.Single() {
		element = word
	}
	bytes := 2*raw + (element+word)*block*d + word*(6*k*d+3*k*k)
	if what&Collapse != 0 {
		bytes += word * (3*k*d + k*k)
	}
	if side := math.Min(n, d); what&(Spectrum|Residual) != 0 && side <= widest {
		if d <= widest {
			side = d
		}
		bytes += word * 3 * side * side
	}
	return bytes
}

// checkMemory returns an error if measuring one of the layers takes more than most bytes.
func checkMemory(layers []*storedLayer, labels *classLabels, what Measures, most int64) error {
	limit := float64(most)
	if most == 0 {
		limit = defaultMaxMemory
	}
	if what == 0 {
		what = Everything
	}
	for _, l := range layers {
		if bytes := l.memory(labels, what); bytes > limit {
			return fmt.Errorf("%s: measuring it takes some %.2g GB, for %d classes and %d features, more than %.2g; leave it out (--layers), pool or measure less of it (--pool, --only C,D), or allow more (--max-memory)",
				l.parts[0].Where, bytes/1e9, len(labels.names), l.pool.dim, limit/1e9)
		}
	}
	return nil
}
