package pnc

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/gemm"
)

// block holds the features of one layer for a few samples of one class, d×B with
// a feature a row, which is how an engine makes them.
type block[T gemm.Float] struct {
	class, dim, size int
	z                []T
}

// row returns the values of one feature.
func (b block[T]) row(r int) []T { return b.z[r*b.size : (r+1)*b.size] }

// featureSource delivers the features of the layers of a network block by block,
// as often as asked and each time in the same order. Samples come class by
// class, so that the statistics of a class are sums along the rows of blocks.
type featureSource[T gemm.Float] struct {
	name             string
	samples, classes int
	layers           []sourceLayer
	classifier       *mat.Dense // K×d, or nil
	last             int        // position in layers of the classifier's input, -1 for none
	// pass calls features for every block of every layer, and decided, where there
	// is a classifier, with its decisions once the block's layers are through.
	pass func(ctx context.Context, features func(layer int, b block[T]), decided func(class int, decisions []int)) error
}

// sourceLayer describes one of the layers of a featureSource.
type sourceLayer struct {
	index int
	name  string
	dim   int
}

// networkFeatures returns the source that runs net forward on data.
func networkFeatures[T gemm.Float](net *Network, data *Dataset, o Measuring) *featureSource[T] {
	src := &featureSource[T]{
		name: net.Name, samples: data.Len(), classes: data.K(),
		classifier: net.Layers[net.Depth()-1].W, last: -1,
	}
	for i, l := range o.Layers {
		layer := sourceLayer{index: l, name: "input", dim: data.Dim()}
		if l > 0 {
			layer.name = net.Layers[l-1].Name
			layer.dim = net.Layers[l-1].Out()
		}
		if l == net.Depth()-1 {
			src.last = i
		}
		src.layers = append(src.layers, layer)
	}
	e := newInference[T](net, o.Batch)
	decisions := make([]int, o.Batch)
	src.pass = func(ctx context.Context, features func(int, block[T]), decided func(int, []int)) error {
		var input []T
		for class, members := range data.members() {
			for i := 0; i < len(members); i += o.Batch {
				if err := ctx.Err(); err != nil {
					return err
				}
				e.load(data, members[i:min(i+o.Batch, len(members))])
				e.forward(len(e.layers), false)
				for j, l := range src.layers {
					b := block[T]{class: class, dim: l.dim, size: e.size}
					if l.index == 0 {
						z, rows := e.before(1)
						if rows {
							input = transposed(e.crew, input, z, e.size, l.dim)
							z = input
						}
						b.z = z
					} else {
						b.z = e.features(l.index)
					}
					features(j, b)
				}
				e.decide(decisions[:e.size])
				decided(class, decisions[:e.size])
			}
		}
		return nil
	}
	return src
}

// storedFeatures returns the source that reads features from memory, one data
// set a layer.
func storedFeatures(layers []*Dataset, classifier *mat.Dense) *featureSource[float64] {
	data := layers[0]
	src := &featureSource[float64]{samples: data.Len(), classes: data.K(), classifier: classifier, last: len(layers) - 1}
	for l, d := range layers {
		src.layers = append(src.layers, sourceLayer{index: l, name: d.Name, dim: d.Dim()})
	}
	const batch = 256
	crew := newCrew()
	src.pass = func(ctx context.Context, features func(int, block[float64]), decided func(int, []int)) error {
		var z []float64
		decisions := make([]int, batch)
		for class, members := range data.members() {
			for i := 0; i < len(members); i += batch {
				if err := ctx.Err(); err != nil {
					return err
				}
				index := members[i:min(i+batch, len(members))]
				b := block[float64]{class: class, size: len(index)}
				for l, d := range layers {
					rows := d.samples.subset(index).(denseSamples)
					b.dim = d.Dim()
					z = transposed(crew, z, rows.RawMatrix().Data, b.size, b.dim)
					b.z = z
					features(l, b)
				}
				if classifier == nil {
					continue
				}
				// b holds the last layer
				logits := make([]float64, data.K()*b.size)
				gemm.Mul(false, false, data.K(), b.size, b.dim, 1, classifier.RawMatrix().Data, classifier.RawMatrix().Stride, b.z, b.size, 0, logits, b.size)
				argmaxColumns(decisions[:b.size], logits)
				decided(class, decisions[:b.size])
			}
		}
		return nil
	}
	return src
}

// decide writes the class with the largest output for every sample of the batch
// at hand, after a forward pass.
func (e *engine[T]) decide(decisions []int) {
	argmaxColumns(decisions, e.features(len(e.layers)))
}

// argmaxColumns writes, for every column of a matrix with as many columns as
// best has elements, the row of its largest element.
func argmaxColumns[T gemm.Float](best []int, m []T) {
	cols := len(best)
	for i := range best {
		best[i] = 0
		for r := 1; r < len(m)/cols; r++ {
			if m[r*cols+i] > m[best[i]*cols+i] {
				best[i] = r
			}
		}
	}
}

// transposed writes the transpose of the rows×cols matrix src to dst, which is
// made larger if need be, and returns it.
func transposed[T gemm.Float](c *crew, dst, src []T, rows, cols int) []T {
	dst = resized(dst, rows*cols)
	const together = 16 // elements written in a run
	c.run(rows, together, func(from, to, _ int) {
		for ; from < to; from += together {
			n := min(together, to-from)
			for j := range cols {
				run := dst[j*rows+from:][:n]
				for k := range run {
					run[k] = src[(from+k)*cols+j]
				}
			}
		}
	})
	return dst
}
