package gemm

// section is a part of a product, some of its columns and some of its depth, with
// the packed blocks of op(A) and op(B) that its blocks share: for each block of the
// depth, one with all rows of op(A) and one with the section's columns of op(B).
// What is not shared is empty.
type section[T Float] struct {
	a, b        []T
	row, column int // of op(B), at which the section begins
	wide        int // columns that there is room for
}

// blockOfA returns the shared part of op(A) from row i, at which a tile begins, in
// the block of the given depth that begins at column l.
func (p *product[T]) blockOfA(i, l, depth int, shared section[T]) []T {
	first := (l - shared.row) / p.depth * p.sizeA(p.m, p.depth)
	return shared.a[first+p.sizeA(i, depth):]
}

// section returns section s.
func (j *job[T]) section(s int) section[T] {
	p := j.memory[s%2]
	of := j.extent(s)
	p.column, p.row, p.wide = of.j0, of.l0, j.wide
	return p
}

// extent returns the part of the product that a section covers: all rows, some
// columns and some of the depth. The last sections either way may be smaller than
// the others. Nothing that belongs to a section reaches beyond its extent: behind
// it begins another section, which may be computed at the same time.
func (j *job[T]) extent(s int) area {
	c, l := s/j.depths*j.wide, s%j.depths*j.deep
	return area{0, j.m, c, min(c+j.wide, j.n), l, min(l+j.deep, j.k)}
}

// pack performs a packing task.
func (j *job[T]) pack(t task) {
	for i := range j.computed { // of the section before last, whose memory is reused
		await(&j.computed[i], t.section-1)
	}
	to := j.section(t.section)
	if t.index < j.tasksA {
		l, depth, from, rows := j.pieceOfA(t)
		if rows > 0 {
			j.packPieceOfA(l, depth, from, rows, j.blockOfA(0, l, depth, to))
		}
	} else if l, depth, c, cols := j.pieceOfB(t); depth > 0 && cols > 0 {
		j.packInto(to.b[(l-to.row)*j.wide+(c-to.column)*depth:], l, depth, c, cols)
	}
	j.packed[t.section].Add(1)
}

// packPieceOfA packs a piece of a block of A.
func (j *job[T]) packPieceOfA(l, depth, from, rows int, dst []T) {
	height, step := j.kern.height(), j.panelOfA(depth)
	if !j.transA {
		j.packA(from, from+rows, l, depth, dst[j.sizeA(from, depth):])
		return
	}
	src, dst := j.a[(l+from)*j.lda:], dst[from*height:]
	if from+rows == depth { // the last piece
		j.copyPanels(src, j.lda, rows, j.m, height, dst, step)
		return
	}
	// Another goroutine may be packing the next piece, directly behind this one,
	// where copyRows would write: it may write more than asked. Only packTall and
	// copy are safe.
	whole := 0
	if tall := j.kern.tallRows; tall > 0 && rows%tall == 0 {
		whole = j.m / height * height
		j.copyPanels(src, j.lda, rows, whole, height, dst, step)
	}
	for i := whole; i < j.m; i += height {
		for d := range rows {
			copy(dst[i/height*step+d*height:], src[d*j.lda:][i:min(i+height, j.m)])
		}
	}
}

// pieces returns the number of pieces in which a block of A is packed and the number
// of stored rows of each.
func (j *job[T]) pieces() (n, rows int) {
	if j.transA {
		return ceilDiv(j.depth, 16), 16
	}
	return ceilDiv(j.m, limits.blockRows), limits.blockRows
}

// pieceOfA returns the piece of A that a task packs: rows [from,from+rows) as they
// are stored, counted from the beginning of the block of the given depth that begins
// at column l of op(A).
func (j *job[T]) pieceOfA(t task) (l, depth, from, rows int) {
	n, most := j.pieces()
	of := j.extent(t.section)
	l = of.l0 + t.index/n*j.depth
	depth = max(0, min(j.depth, of.l1-l))
	all := j.m
	if j.transA {
		all = depth
	}
	from = min(all, t.index%n*most)
	if rows = min(most, all-from); depth == 0 {
		rows = 0
	}
	return l, depth, from, rows
}

// pieceOfB returns the piece of B that a task packs: rows [l,l+depth) and columns
// [c,c+cols) of op(B). Where the section ends before the piece begins, depth or cols
// is not positive.
func (j *job[T]) pieceOfB(t task) (l, depth, c, cols int) {
	of := j.extent(t.section)
	packed := limits.group * j.kern.width()
	groups, i := ceilDiv(j.wide, packed), t.index-j.tasksA
	l = of.l0 + i/groups*j.depth
	c = of.j0 + i%groups*packed
	return l, min(j.depth, of.l1-l), c, min(packed, of.j1-c)
}
