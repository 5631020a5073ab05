package pnc

import (
	"context"
	"iter"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/engine"
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// A block holds the features of one layer for a few samples, d×B with one feature
// per row, which is how an engine makes them, in the precision in which they were
// computed. It carries the labels of its samples, which may come in any order;
// statistics of classes are fastest where samples of one class are together.
type block struct {
	layer     int   // position among the layers of the source
	part      int   // part of the samples: statistics of each are taken apart, see [statistics]
	labels    []int // the classes of the B samples
	predicted []int // the classes that the classifier predicts for them; nil where there is none
	dim       int
	z         []float64 // d×B; nil if the features are float32
	z32       []float32
}

// size returns B, the number of samples.
func (b *block) size() int { return len(b.labels) }

// run is a range of consecutive samples of one class.
type run struct{ class, from, to int }

// runs yields the runs of samples of one class.
func (b *block) runs() iter.Seq[run] {
	return func(yield func(run) bool) {
		for from := 0; from < len(b.labels); {
			to := from + 1
			for to < len(b.labels) && b.labels[to] == b.labels[from] {
				to++
			}
			if !yield(run{b.labels[from], from, to}) {
				return
			}
			from = to
		}
	}
}

// moments returns the mean m of feature r over a run and Σ (z - m)².
func (b *block) moments(r int, u run) (mean, squares float64) {
	from, to := r*b.size()+u.from, r*b.size()+u.to
	if b.z == nil {
		return vec.Moments(b.z32[from:to])
	}
	return vec.Moments(b.z[from:to])
}

// float64s writes the features to dst, which is made larger if need be, and
// returns it.
func (b *block) float64s(c *crew.Crew, dst []float64) []float64 {
	n := b.size()
	dst = resized(dst, b.dim*n)
	c.Run(b.dim, crew.Grain(n), crew.Func(func(from, to, _ int) {
		from, to = from*n, to*n
		if b.z != nil {
			copy(dst[from:to], b.z[from:to])
			return
		}
		for i, v := range b.z32[from:to] {
			dst[from+i] = float64(v)
		}
	}))
	return dst
}

// centred writes the features, minus row k of mean for the samples of class k, to
// dst, which is made larger if need be, and returns it.
func (b *block) centred(dst []float64, mean *mat.Dense) []float64 {
	return b.shifted(dst, func(class int) []float64 { return mean.RawRowView(class) })
}

// shifted is centred for a mean that may be the same for all classes.
func (b *block) shifted(dst []float64, mean func(class int) []float64) []float64 {
	n := b.size()
	dst = resized(dst, b.dim*n)
	for u := range b.runs() {
		for r, m := range mean(u.class) {
			b.minus(dst[r*n+u.from:r*n+u.to], r, u.from, m)
		}
	}
	return dst
}

// minus writes feature r of the samples from first on, minus m, to dst.
func (b *block) minus(dst []float64, r, first int, m float64) {
	at := r*b.size() + first
	if b.z != nil {
		for i, v := range b.z[at : at+len(dst)] {
			dst[i] = v - m
		}
		return
	}
	for i, v := range b.z32[at : at+len(dst)] {
		dst[i] = float64(v) - m
	}
}

// featureSource delivers the features of the layers of a network block by block,
// as often as asked and each time in the same order.
type featureSource struct {
	name             string
	samples, classes int
	layers           []sourceLayer
	classifier       *mat.Dense // K×d, or nil
	last             int        // position in layers of the classifier's input, -1 for none
	weights          Weights    // how classes count
	numbers          []float64  // the labels of classes if they are numbers; nil means from 0
	text             bool       // the labels are not numbers
	// blocks yields the blocks of all layers. An error, such as that of a context
	// that is cancelled, is the last thing it yields. A block and what it refers to
	// is valid until the next one.
	blocks func(ctx context.Context) iter.Seq2[*block, error]
}

// sourceLayer describes one of the layers of a featureSource.
type sourceLayer struct {
	index int
	name  string
	dim   int
	unit  float64 // unit roundoff of the features, see [rounding]
	tiny  float64 // their smallest positive number, 0 for float64
}

// networkFeatures returns the source that runs net forward on data.
func networkFeatures(net *Network, data *Dataset, o MeasureOptions) *featureSource {
	src := &featureSource{
		name: net.Name, samples: data.Len(), classes: data.K(),
		classifier: net.Layers[net.Depth()-1].W, last: -1,
	}
	for i, l := range o.Layers {
		layer := sourceLayer{index: l, name: net.layerName(l), dim: data.Dim(), unit: unit64}
		if l > 0 {
			layer.dim = net.Layers[l-1].Out()
		}
		if l == net.Depth()-1 {
			src.last = i
		}
		if o.Precision == Float32 {
			layer.unit, layer.tiny = unit32, tiny32
		}
		src.layers = append(src.layers, layer)
	}
	samples := data.Len()
	if o.Measures == 0 || o.Measures&Collapse != 0 {
		samples *= 2 // two passes
	}
	progress := newPasses("measuring", "samples", samples)
	if single && o.Precision == Float32 {
		src.blocks = engineBlocks(newInference[float32](net, o.Batch), data, src, o.Batch, progress)
	} else {
		src.blocks = engineBlocks(newInference[float64](net, o.Batch), data, src, o.Batch, progress)
	}
	return src
}

// engineBlocks returns the blocks of the layers of src from forward passes over
// data, class by class, and counts the samples.
func engineBlocks[T gemm.Float](e *engine.Engine[T], data *Dataset, src *featureSource, batch int, progress *passes) func(context.Context) iter.Seq2[*block, error] {
	return func(ctx context.Context) iter.Seq2[*block, error] {
		if !tellsProgress(ctx) {
			progress = nil
		}
		return func(yield func(*block, error) bool) {
			workers := crew.New()
			var input []T
			predicted := make([]int, batch)
			for index := range data.batches(batch) {
				if err := ctx.Err(); err != nil {
					yield(nil, err)
					return
				}
				e.Load(data.samples, data.Labels, index)
				e.Forward(e.Depth(), false)
				e.Predict(predicted)
				b := block{labels: pick(data.Labels, index), predicted: predicted[:len(index)]}
				for j, l := range src.layers {
					var z []T
					if l.index > 0 {
						z = e.Features(l.index)
					} else if in, rows := e.Input(); rows {
						input = transposed(workers, input, in, e.Size(), l.dim)
						z = input
					} else {
						z = in
					}
					b.layer, b.dim = j, l.dim
					b.set(z)
					if !yield(&b, nil) {
						return
					}
				}
				progress.add(len(index))
			}
		}
	}
}

// set sets the features.
func (b *block) set(z any) {
	switch z := z.(type) {
	case []float64:
		b.z, b.z32 = z, nil
	case []float32:
		b.z, b.z32 = nil, z
	}
}

// pick returns the values at the given indices.
func pick(values, index []int) []int {
	out := make([]int, len(index))
	for i, j := range index {
		out[i] = values[j]
	}
	return out
}

// transposed writes the transpose of the rows×cols matrix src to dst, which is
// made larger if need be, and returns it.
func transposed[T gemm.Float](c *crew.Crew, dst, src []T, rows, cols int) []T {
	dst = resized(dst, rows*cols)
	const together = 16 // elements written in a run
	c.Run(rows, together, crew.Func(func(from, to, _ int) {
		for ; from < to; from += together {
			n := min(together, to-from)
			for j := range cols {
				run := dst[j*rows+from:][:n]
				for k := range run {
					run[k] = src[(from+k)*cols+j]
				}
			}
		}
	}))
	return dst
}

// resized returns a slice of length n, s if it is large enough.
func resized[T gemm.Float](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// batches yields the indices of all samples, class by class, up to n of one class
// at a time.
func (d *Dataset) batches(n int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		for _, members := range d.members() {
			for i := 0; i < len(members); i += n {
				if !yield(members[i:min(i+n, len(members))]) {
					return
				}
			}
		}
	}
}

// pickRows returns the samples with the given indices as rows.
func pickRows(d *Dataset, index []int) *mat.Dense {
	x := mat.NewDense(len(index), d.Dim(), nil)
	for i, j := range index {
		d.samples.Row(x.RawRowView(i), j)
	}
	return x
}
