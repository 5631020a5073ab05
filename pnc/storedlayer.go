//go:build !js

package pnc

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"pnclab/pnc/internal/arrays"
	"pnclab/pnc/internal/crew"
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// storedLayer is a layer in files.
type storedLayer struct {
	name  string
	parts []*arrays.Array // its samples, part after part
	pool  *pooling
}

// unit returns the unit roundoff of the coarsest part.
func (l *storedLayer) unit() (u float64) {
	for _, a := range l.parts {
		u = max(u, a.Type.Unit())
	}
	return u
}

// tiny returns the smallest positive number of the coarsest part, 0 for float64.
func (l *storedLayer) tiny() (t float64) {
	for _, a := range l.parts {
		t = max(t, a.Type.Tiny())
	}
	return t
}

// chunk is a piece of a layer as it comes from the file.
type chunk struct {
	bytes []byte
	part  int
	from  int // sample of the layer
	n     int
	err   error
}

// chunkElements bounds the elements of a chunk, chunkRows its samples. They determine
// how sums are cut, and so the last bits.
const (
	chunkElements = 1 << 22
	chunkRows     = 4096
)

// readBuffers are what passes over layers use one after the other.
type readBuffers struct {
	empty  chan []byte // two, for the chunk that is used and the next one
	single blockBuffers[float32]
	double blockBuffers[float64]
	wide   []float64 // for the classifier
}

func newReadBuffers() *readBuffers {
	b := &readBuffers{empty: make(chan []byte, 2)}
	b.refill()
	return b
}

// refill replaces buffers that a pass that ended early has not given back.
func (b *readBuffers) refill() {
	for len(b.empty) < cap(b.empty) {
		b.empty <- nil
	}
}

// blockBuffers hold the samples of a chunk, as rows and as columns.
type blockBuffers[T gemm.Float] struct{ rows, z []T }

// chunks reads the layer piece by piece, ahead of what consumes it.
func (l *storedLayer) chunks(ctx context.Context, buffers *readBuffers) iter.Seq[chunk] {
	return func(yield func(chunk) bool) {
		ctx, cancel := context.WithCancel(ctx)
		ahead := make(chan chunk)
		stopped := make(chan struct{})
		defer func() {
			cancel()
			<-stopped // nothing reads the file afterwards
			buffers.refill()
		}()
		go func() {
			defer close(stopped)
			defer close(ahead)
			send := func(c chunk) bool {
				select {
				case ahead <- c:
					return c.err == nil
				case <-ctx.Done():
					return false
				}
			}
			sample := 0
			for part, a := range l.parts {
				rows, err := a.Rows()
				if err != nil {
					send(chunk{err: err})
					return
				}
				step := min(chunkRows, max(1, chunkElements/a.RowLen()))
				for at := 0; at < a.Len(); at += step {
					n := min(step, a.Len()-at)
					var buf []byte
					select {
					case buf = <-buffers.empty:
					case <-ctx.Done():
						rows.Close()
						return
					}
					c := chunk{part: part, from: sample, n: n}
					c.bytes, c.err = rows.Into(buf, n)
					if c.err == nil && at+n == a.Len() {
						c.err = rows.End()
					}
					sample += n
					if !send(c) {
						rows.Close()
						return
					}
				}
				rows.Close()
			}
		}()
		for c := range ahead {
			if !yield(c) {
				return
			}
			buffers.empty <- c.bytes
		}
	}
}

// decode writes the vectors of the samples of a chunk with the given places in it to
// the rows of dst, and reports the first that is not finite.
func decode[T gemm.Float](l *storedLayer, c chunk, order []int, dst []T, workers *crew.Crew) error {
	a := l.parts[c.part]
	rowLen, width, dim := a.RowLen(), a.Type.Width, l.pool.dim
	whole := l.pool.how == "flatten" // the vector is the row as it is
	failed := make([]error, len(order))
	workers.Run(len(order), 16, crew.Func(func(from, to, _ int) {
		var row []T
		if !whole {
			row = make([]T, rowLen)
		}
		for i := from; i < to; i++ {
			out, b := dst[i*dim:(i+1)*dim], c.bytes[order[i]*rowLen*width:]
			if whole {
				arrays.Decode(a.Type, out, b)
			} else {
				arrays.Decode(a.Type, row, b)
				if err := pool(l.pool, out, row, c.from+order[i]); err != nil {
					failed[i] = fmt.Errorf("%s: %w", a.Where, err)
					continue
				}
			}
			if sum := vec.Sum(out); sum-sum == 0 { // not NaN or infinite, so no feature is
				continue
			}
			for j, v := range out {
				if v-v != 0 {
					failed[i] = fmt.Errorf("%s: feature %d of sample %d is %v; remove the sample or repair the export", a.Where, j, c.from+order[i], v)
					break
				}
			}
		}
	}))
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// layerBlocks returns the blocks of a layer: of every chunk the samples that have a
// class, those of one class together.
func layerBlocks[T gemm.Float](l *storedLayer, labels []int32, head *readout, p *passes, buffers *readBuffers, own *blockBuffers[T]) func(context.Context) iter.Seq2[*block, error] {
	return func(ctx context.Context) iter.Seq2[*block, error] {
		return func(yield func(*block, error) bool) {
			workers := crew.New()
			for c := range l.chunks(ctx, buffers) {
				if c.err != nil {
					yield(nil, c.err)
					return
				}
				var order []int
				for i := range c.n {
					if labels[c.from+i] >= 0 {
						order = append(order, i)
					}
				}
				p.add(c.n)
				if order == nil {
					continue
				}
				slices.SortStableFunc(order, func(i, j int) int { return int(labels[c.from+i] - labels[c.from+j]) })
				n := len(order)
				own.rows = resized(own.rows, n*l.pool.dim)
				if err := decode(l, c, order, own.rows, workers); err != nil {
					yield(nil, err)
					return
				}
				own.z = transposed(workers, own.z, own.rows, n, l.pool.dim)
				b := &block{labels: make([]int, n), part: c.part, dim: l.pool.dim}
				for i, j := range order {
					b.labels[i] = int(labels[c.from+j])
				}
				b.set(own.z)
				if head != nil {
					buffers.wide = b.float64s(workers, buffers.wide)
					b.predicted = head.predict(buffers.wide, n)
				}
				if !yield(b, nil) {
					return
				}
			}
			if err := ctx.Err(); err != nil {
				yield(nil, err)
			}
		}
	}
}
