package neighbors

import (
	"slices"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/gemm"
)

// joiner compares samples that are near a common sample.
type joiner struct {
	z       *mat.Dense
	lists   *candidates
	local   []float32 // rows of z minus the common one
	squares []float32 // their squares
	gram    []float32
}

// join offers the fresh samples to one another and to the old ones, and the old ones
// to the fresh ones. Pairs that cannot be neighbours are excluded by a matrix
// product of differences from centre in single precision, with a bound on its error;
// the exact distances are computed in double precision for the remaining pairs only.
func (jn *joiner) join(centre []float64, fresh, old []int32) {
	d, f, all := len(centre), len(fresh), len(fresh)+len(old)
	if f == 0 || all < 2 {
		return
	}
	jn.local = slices.Grow(jn.local[:0], all*d)[:all*d]
	jn.gram = slices.Grow(jn.gram[:0], f*all)[:f*all]
	jn.squares = slices.Grow(jn.squares[:0], all)[:all]
	id := func(p int) int {
		if p < f {
			return int(fresh[p])
		}
		return int(old[p-f])
	}
	for p := range all {
		row, local := jn.z.RawRowView(id(p)), jn.local[p*d:(p+1)*d]
		var s float32
		for j, c := range centre {
			v := float32(row[j] - c)
			local[j] = v
			s += v * v
		}
		jn.squares[p] = s
	}
	gemm.Mul(false, true, f, all, d, -2, jn.local, d, jn.local, d, 0, jn.gram, all)
	// As in distances, with u = 2⁻²⁴ of single precision.
	relative := 4 * float32(d+8) * 0x1p-24
	for p := range f {
		i := id(p)
		x := jn.z.RawRowView(i)
		row := jn.gram[p*all : (p+1)*all]
		limit := float32(jn.lists.limit(i))
		for q := p + 1; q < all; q++ {
			sum := jn.squares[p] + jn.squares[q]
			low := row[q] + sum - relative*sum
			j := id(q)
			if low > limit && low > float32(jn.lists.limit(j)) {
				continue
			}
			squared := SquaredDistance(x, jn.z.RawRowView(j))
			jn.lists.offer(i, j, squared)
			jn.lists.offer(j, i, squared)
		}
	}
}
