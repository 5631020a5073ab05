package neighbors

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/crew"
)

// treeDims is the largest dimension in which a k-d tree finds neighbours, beyond which it
// excludes too little.
const treeDims = 6

// kdLeaf is the number of samples that are not divided any further.
const kdLeaf = 20

// kdTree divides samples of few dimensions, at each node into halves by their coordinate
// of widest range (Friedman, Bentley and Finkel 1977).
type kdTree struct {
	z     *mat.Dense
	order []int32   // the samples of a node lie next to each other
	rows  []float64 // their rows, in this order
	nodes []kdNode
}

// kdNode is a set of samples, order[from:to].
type kdNode struct {
	from, to    int
	left, right int               // nodes, or 0
	first       int32             // the smallest sample
	low, high   [treeDims]float64 // the ranges of coordinates
}

// inTree returns the k nearest neighbours of every row of z, of at most treeDims columns.
func inTree(z *mat.Dense, k int) *Lists {
	n, d := z.Dims()
	t := &kdTree{z: z, order: make([]int32, n), rows: make([]float64, 0, n*d)}
	for i := range t.order {
		t.order[i] = int32(i)
	}
	t.divide(0, n)
	for _, i := range t.order {
		t.rows = append(t.rows, z.RawRowView(int(i))...)
	}
	lists := &Lists{K: k, Index: make([]int32, n*k), Dist: make([]float64, n*k)}
	crew.Blocks(n, 256, func(lo, hi int) {
		q := &kdQuery{tree: t, limit: math.Inf(1), found: make([]kdFound, 0, k)}
		for p, i := range t.order[lo:hi] { // those that are close visit the same nodes
			at := t.rows[(lo+p)*d : (lo+p+1)*d]
			if p > 0 {
				q.limit = limitFrom(SquaredDistance(q.at, at), math.Sqrt(q.limit))
			}
			q.sample, q.at, q.found = i, at, q.found[:0]
			q.visit(0)
			for c, f := range q.found {
				lists.Index[int(i)*k+c], lists.Dist[int(i)*k+c] = f.sample, math.Sqrt(f.squared)
			}
		}
	})
	return lists
}

// limitFrom returns a squared distance from a sample within which there are k others, if
// there are k within a radius of a second sample at the given squared distance from the
// first: these, with the second one instead of the first, lie within the sum of the
// distances. It is infinite where that is too small to be told from rounding.
func limitFrom(squared, radius float64) float64 {
	sum := math.Sqrt(squared) + radius
	if limit := sum * sum * (1 + 0x1p-40); limit > 0x1p-1000 {
		return limit
	}
	return math.Inf(1)
}

// divide makes a node of order[from:to] and of its halves, and returns its number.
func (t *kdTree) divide(from, to int) int {
	_, d := t.z.Dims()
	node := kdNode{from: from, to: to, first: t.order[from]}
	copy(node.low[:], t.z.RawRowView(int(t.order[from])))
	node.high = node.low
	for _, i := range t.order[from+1 : to] {
		node.first = min(node.first, i)
		for c, v := range t.z.RawRowView(int(i)) {
			if v < node.low[c] {
				node.low[c] = v
			} else if v > node.high[c] {
				node.high[c] = v
			}
		}
	}
	widest := 0
	for c := range d {
		if node.high[c]-node.low[c] > node.high[widest]-node.low[widest] {
			widest = c
		}
	}
	at := len(t.nodes)
	t.nodes = append(t.nodes, node)
	if to-from > kdLeaf && node.high[widest] > node.low[widest] {
		middle := (from + to) / 2
		t.partition(from, to, middle, widest)
		left := t.divide(from, middle)
		right := t.divide(middle, to)
		t.nodes[at].left, t.nodes[at].right = left, right
	}
	return at
}

// partition reorders order[from:to] such that no coordinate c before middle is larger
// than one from there on (Hoare 1961).
func (t *kdTree) partition(from, to, middle, c int) {
	raw := t.z.RawMatrix()
	value := func(p int) float64 { return raw.Data[int(t.order[p])*raw.Stride+c] }
	for to-from > 1 {
		x, y, w := value(from), value((from+to)/2), value(to-1)
		pivot := max(min(x, y), min(max(x, y), w)) // their median
		i, j := from, to-1
		for i <= j {
			for value(i) < pivot {
				i++
			}
			for value(j) > pivot {
				j--
			}
			if i <= j {
				t.order[i], t.order[j] = t.order[j], t.order[i]
				i++
				j--
			}
		}
		switch { // between j and i, all are the pivot
		case middle <= j:
			to = j + 1
		case middle >= i:
			from = i
		default:
			return
		}
	}
}

// kdQuery searches for the nearest neighbours of one sample.
type kdQuery struct {
	tree   *kdTree
	sample int32
	at     []float64
	found  []kdFound // nearest first, up to its capacity
	limit  float64   // the squared distance beyond which none is accepted
}

// kdFound is a sample and its squared distance.
type kdFound struct {
	squared float64
	sample  int32
}

// visit searches for neighbours in a node.
func (q *kdQuery) visit(number int) {
	node := &q.tree.nodes[number]
	if node.left == 0 {
		if len(q.at) == 2 {
			q.leafInPlane(node)
		} else {
			q.leaf(node)
		}
		return
	}
	near, far := node.left, node.right
	toNear, toFar := q.squaredDistance(near), q.squaredDistance(far)
	if toFar < toNear {
		near, far, toNear, toFar = far, near, toFar, toNear
	}
	if !q.excludes(near, toNear) {
		q.visit(near)
	}
	if !q.excludes(far, toFar) {
		q.visit(far)
	}
}

// leaf searches for neighbours among the samples of a node.
func (q *kdQuery) leaf(node *kdNode) {
	d := len(q.at)
	for p := node.from; p < node.to; p++ {
		if s := SquaredDistance(q.at, q.tree.rows[p*d:(p+1)*d]); s <= q.limit {
			q.offer(kdFound{s, q.tree.order[p]})
		}
	}
}

// leafInPlane does the same in two dimensions, in parts: first those within the limit are
// collected without branches, of which the processor would predict half wrongly.
func (q *kdQuery) leafInPlane(node *kdNode) {
	var within [kdLeaf]kdFound
	x, y := q.at[0], q.at[1]
	for from := node.from; from < node.to; from += kdLeaf {
		order := q.tree.order[from:min(from+kdLeaf, node.to)]
		rows := q.tree.rows[2*from:]
		rows = rows[:2*len(order)]
		limit, count := q.limit, 0
		for p, j := range order {
			dx, dy := x-rows[2*p], y-rows[2*p+1]
			squared := float64(dx * dx)
			squared += dy * dy // as SquaredDistance, which is not inlined
			within[count] = kdFound{squared, j}
			if squared <= limit {
				count++
			}
		}
		for _, f := range within[:count] {
			if f.squared <= q.limit {
				q.offer(f)
			}
		}
	}
}

// squaredDistance returns the squared distance from the box around a node, 0 inside it.
func (q *kdQuery) squaredDistance(number int) (sum float64) {
	node := &q.tree.nodes[number]
	for c, v := range q.at {
		if v < node.low[c] {
			sum += (node.low[c] - v) * (node.low[c] - v)
		} else if v > node.high[c] {
			sum += (v - node.high[c]) * (v - node.high[c])
		}
	}
	return sum
}

// excludes reports whether no sample of a node at a squared distance can be a neighbour.
func (q *kdQuery) excludes(number int, squared float64) bool {
	if q.limit == 0 { // of copies, the first ones are the neighbours
		return squared > 0 || q.tree.nodes[number].first > q.found[len(q.found)-1].sample
	}
	// Either distance is off by less than (treeDims+3)·2⁻⁵³ of it.
	return squared*(1-0x1p-48) > q.limit
}

// offer adds a sample within the limit unless it is that of the query, or the neighbours
// are complete and nearer.
func (q *kdQuery) offer(f kdFound) {
	if f.sample == q.sample {
		return
	}
	p := len(q.found)
	if p < cap(q.found) {
		q.found = q.found[:p+1]
	} else if p--; f.squared == q.found[p].squared && f.sample > q.found[p].sample {
		return
	}
	found := q.found
	for ; p > 0 && p < len(found) && (f.squared < found[p-1].squared || f.squared == found[p-1].squared && f.sample < found[p-1].sample); p-- {
		found[p] = found[p-1]
	}
	found[p] = f
	if len(found) == cap(found) {
		q.limit = found[len(found)-1].squared
	}
}
