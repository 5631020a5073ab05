//go:build !js

package pnc

import (
	"context"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/crew"
)

// sampleLimit is the number of features, 256 MB, that measures which need the samples
// themselves hold of a layer. Of more, they take a part of the samples.
const sampleLimit = 1 << 25

// widest returns the number of features of the widest layer.
func (s *StoredFeatures) widest() int {
	widest := 1
	for _, l := range s.layers {
		widest = max(widest, l.pool.dim)
	}
	return widest
}

// subsample returns which samples to take so that they are at most as many as either
// limit: all of them if possible, and otherwise the same share of every class, at least
// two, drawn at random.
func (s *StoredFeatures) subsample(limit, most, seed int) (take []bool, n int) {
	room := min(limit, most)
	members := make([][]int, len(s.labels.names))
	for i, k := range s.labels.of {
		if k >= 0 {
			members[k] = append(members[k], i)
		}
	}
	take = make([]bool, len(s.labels.of))
	rnd := rand.New(rand.NewPCG(uint64(seed), 1))
	for _, m := range members {
		part := len(m)
		if s.labels.kept > room {
			part = min(len(m), max(2, len(m)*room/s.labels.kept))
			rnd.Shuffle(len(m), func(i, j int) { m[i], m[j] = m[j], m[i] })
		}
		for _, i := range m[:part] {
			take[i] = true
		}
		n += part
	}
	return take, n
}

// rows returns the features of layer i of the samples to take, n of them, in their
// order, and their classes.
func (s *StoredFeatures) rows(ctx context.Context, i int, take []bool, n int) (*mat.Dense, []int, error) {
	l := s.layers[i]
	z, labels := mat.NewDense(n, l.pool.dim, nil), make([]int, 0, n)
	workers := crew.New()
	for c := range l.chunks(ctx, newReadBuffers()) {
		if c.err != nil {
			return nil, nil, c.err
		}
		var order []int
		for j := range c.n {
			if take[c.from+j] && s.labels.of[c.from+j] >= 0 {
				order = append(order, j)
			}
		}
		if err := decode(l, c, order, z.RawMatrix().Data[len(labels)*l.pool.dim:], workers); err != nil {
			return nil, nil, err
		}
		for _, j := range order {
			labels = append(labels, int(s.labels.of[c.from+j]))
		}
	}
	return z, labels, ctx.Err()
}

// byClass returns the rows of each class, in their order.
func byClass(z *mat.Dense, labels []int, classes int) []*mat.Dense {
	_, d := z.Dims()
	members := make([][]int, classes)
	for i, k := range labels {
		members[k] = append(members[k], i)
	}
	out := make([]*mat.Dense, classes)
	for k, m := range members {
		out[k] = mat.NewDense(max(1, len(m)), d, nil)
		for j, i := range m {
			out[k].SetRow(j, z.RawRowView(i))
		}
		if len(m) == 0 {
			out[k] = nil
		}
	}
	return slices.Clip(out)
}
