package pnc

import (
	"context"
	"iter"

	"pnclab/pnc/internal/crew"
)

// storedFeatures returns the source that reads features from memory, one data
// set per layer.
func storedFeatures(layers []*Dataset, r *readout) *featureSource {
	data := layers[0]
	src := &featureSource{samples: data.Len(), classes: data.K(), classifier: r.ofClasses(data.K()), last: len(layers) - 1}
	for l, d := range layers {
		src.layers = append(src.layers, sourceLayer{index: l, name: d.Name, dim: d.Dim(), unit: unit64})
	}
	const batch = 256
	src.blocks = func(ctx context.Context) iter.Seq2[*block, error] {
		return func(yield func(*block, error) bool) {
			workers := crew.New()
			var z []float64
			read := func(d *Dataset, index []int) {
				rows := pickRows(d, index)
				z = transposed(workers, z, rows.RawMatrix().Data, len(index), d.Dim())
			}
			for index := range data.batches(batch) {
				if err := ctx.Err(); err != nil {
					yield(nil, err)
					return
				}
				b := block{labels: pick(data.Labels, index)}
				if r != nil {
					read(layers[src.last], index)
					b.predicted = r.predict(z, len(index))
				}
				for l, d := range layers {
					read(d, index)
					b.layer, b.dim = l, d.Dim()
					b.set(z)
					if !yield(&b, nil) {
						return
					}
				}
			}
		}
	}
	return src
}
