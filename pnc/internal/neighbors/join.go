package neighbors

import (
	"slices"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/gemm"
)

// joiner compares samples that are near a common sample.
type joiner struct {
	z      *mat.Dense
	lists  *candidates
	global *products[float32] // nil for exact distances

	local []float32 // rows
	low   []float32 // what they add to a squared distance, or to its lower bound
	limit []float32 // the squared distance beyond which a list accepts no sample
	gram  []float32
}

// joinRows is the number of rows that are compared with those behind them at a time.
const joinRows = 64

// join offers the fresh samples to one another and to the old ones, and the old ones
// to the fresh ones, by squared distances from a matrix product in single precision. With
// global rows, these count, up to rounding, multiplied by the square of the scale of the
// rows. Without, differences from centre are multiplied, a bound on the error excludes pairs
// that cannot be neighbours, and the exact distances of the remaining pairs count.
func (jn *joiner) join(centre []float64, fresh, old []int32) {
	f, all := len(fresh), len(fresh)+len(old)
	if f == 0 || all < 2 {
		return
	}
	jn.load(centre, fresh, old)
	d := len(centre)
	id := func(p int) int {
		if p < f {
			return int(fresh[p])
		}
		return int(old[p-f])
	}
	jn.gram = slices.Grow(jn.gram[:0], joinRows*all)[:joinRows*all]
	for first := 0; first < f; first += joinRows {
		m, columns := min(joinRows, f-first), all-first
		gemm.Mul(false, true, m, columns, d, -2, jn.local[first*d:], d, jn.local[first*d:], d, 0, jn.gram, columns)
		for p := range m {
			i, low, limit := id(first+p), jn.low[first+p], jn.limit[first+p]
			lows := jn.low[first+p+1 : all]
			limits := jn.limit[first+p+1:][:len(lows)]
			for q, product := range jn.gram[p*columns+p+1 : (p+1)*columns] {
				low := product + (low + lows[q]) // the same for (j, i) to the last bit
				if low > limit && low > limits[q] {
					continue
				}
				j := id(first + p + 1 + q)
				squared := float64(max(0, low))
				if jn.global == nil {
					squared = SquaredDistance(jn.z.RawRowView(i), jn.z.RawRowView(j))
				}
				jn.lists.offer(i, j, squared)
				jn.lists.offer(j, i, squared)
				limit, limits[q] = float32(jn.lists.limit(i)), float32(jn.lists.limit(j))
			}
		}
	}
}

// load reads the rows that are compared.
func (jn *joiner) load(centre []float64, fresh, old []int32) {
	d, all := len(centre), len(fresh)+len(old)
	jn.local = slices.Grow(jn.local[:0], all*d)[:all*d]
	jn.low = slices.Grow(jn.low[:0], all)[:all]
	jn.limit = slices.Grow(jn.limit[:0], all)[:all]
	// As in distances, with the unit of single precision.
	eta := 4 * float32(d+8) * 0x1p-24
	p := 0
	for _, samples := range [][]int32{fresh, old} {
		for _, i := range samples {
			jn.limit[p] = float32(jn.lists.limit(int(i)))
			local := jn.local[p*d : (p+1)*d]
			if jn.global != nil {
				copy(local, jn.global.row(int(i)))
				jn.low[p] = jn.global.middle(int(i))
			} else {
				var square float32
				for j, v := range jn.z.RawRowView(int(i)) {
					x := float32(v - centre[j])
					local[j] = x
					square += x * x
				}
				jn.low[p] = (1 - eta) * square
			}
			p++
		}
	}
}
