//go:build !js

package pnc

import (
	"fmt"
	"slices"
	"strings"

	"pnclab/internal/budget"
	"pnclab/pnc/internal/arrays"
	"pnclab/pnc/internal/gemm"
)

// poolings are the ways to make one vector per sample of features that have one at
// every position of a text or an image.
var poolings = []string{"mean", "max", "cls", "last", "flatten"}

// pooling makes one vector of the elements of a sample. Arrays are N×T×d, with the
// T positions of a sequence, or N×C×H×W and N×C×T×H×W, with channels first.
type pooling struct {
	how               string // one of poolings
	positions, dim    int
	position, feature int     // strides
	mask              []uint8 // samples×positions, 1 where a position counts, or nil
}

// newPooling returns the pooling of an array, whose shape it checks.
func newPooling(a *arrays.Array, how string) (*pooling, error) {
	p := &pooling{how: how, positions: 1, dim: a.RowLen(), position: a.RowLen(), feature: 1}
	if how != "" && !slices.Contains(poolings, how) {
		return nil, fmt.Errorf("no pooling %q; choose from %s", how, strings.Join(poolings, ", "))
	}
	wide := 0
	for _, d := range a.Shape[1:] {
		if d != 1 {
			wide++
		}
	}
	if wide <= 1 || how == "flatten" { // nothing to pool
		p.how = "flatten"
		return p, nil
	}
	if how == "" {
		return nil, fmt.Errorf("%s: an array of shape %s, which has several vectors per sample; --pool mean, max, cls, last or flatten says how to make one of them", a.Where, shapeText(a.Shape))
	}
	switch len(a.Shape) {
	case 3: // N×T×d
		p.positions, p.dim = a.Shape[1], a.Shape[2]
		p.position, p.feature = p.dim, 1
	default: // channels first
		if how == "cls" || how == "last" {
			return nil, fmt.Errorf("%s: an array of shape %s is N×C×H×W, which has no first or last position; --pool mean, max or flatten", a.Where, shapeText(a.Shape))
		}
		p.dim = a.Shape[1]
		p.positions = a.RowLen() / p.dim
		p.position, p.feature = 1, p.positions
	}
	return p, nil
}

func shapeText(shape []int) string {
	var s []string
	for _, d := range shape {
		s = append(s, fmt.Sprint(d))
	}
	return strings.Join(s, "×")
}

// pool writes the vector of sample i, whose elements are src, to dst. It returns an
// error if the mask leaves no position.
func pool[T gemm.Float](p *pooling, dst, src []T, i int) error {
	var mask []uint8
	if p.mask != nil && p.how != "flatten" {
		mask = p.mask[i*p.positions : (i+1)*p.positions]
		if !slices.Contains(mask, 1) {
			return fmt.Errorf("the mask leaves no position of sample %d", i)
		}
	}
	counts := func(t int) bool { return mask == nil || mask[t] == 1 }
	at := func(t int) {
		for j := range dst {
			dst[j] = src[t*p.position+j*p.feature]
		}
	}
	switch p.how {
	case "flatten":
		copy(dst, src)
	case "cls":
		at(0)
	case "last":
		t := p.positions - 1
		for !counts(t) {
			t--
		}
		at(t)
	case "max":
		first := true
		for t := range p.positions {
			if !counts(t) {
				continue
			}
			if first {
				at(t)
				first = false
			}
			for j := range dst {
				if v := src[t*p.position+j*p.feature]; v > dst[j] || v != v {
					dst[j] = v
				}
			}
		}
	case "mean":
		for j := range dst {
			var sum, n float64
			for t := range p.positions {
				if counts(t) {
					sum += float64(src[t*p.position+j*p.feature])
					n++
				}
			}
			dst[j] = T(sum / n)
		}
	}
	return nil
}

// readMask reads a mask of N×T elements, 0 for positions that do not count.
func readMask(parts []*arrays.Array) (mask []uint8, positions int, err error) {
	for _, a := range parts {
		if len(a.Shape) != 2 {
			return nil, 0, fmt.Errorf("%s: an array of shape %s; a mask is N×T, 1 where a position counts", a.Where, shapeText(a.Shape))
		}
		if left := budget.Of(a.Stored); left.Take(int64(a.Len())*int64(a.RowLen())) != nil {
			return nil, 0, fmt.Errorf("%s: a mask of %s: %w; save it without compression", a.Where, shapeText(a.Shape), budget.ErrSpent)
		}
		from := len(mask)
		mask = slices.Grow(mask, a.Len()*a.RowLen())
		err := a.EachFloats(func(values []float64) error {
			for _, v := range values {
				if v != 0 && v != 1 {
					return fmt.Errorf("%s: element %d of the mask is %v, not 0 or 1", a.Where, len(mask)-from, v)
				}
				mask = append(mask, uint8(v))
			}
			return nil
		})
		if err != nil {
			return nil, 0, err
		}
		positions = a.RowLen()
	}
	return mask, positions, nil
}
