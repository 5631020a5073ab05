package gemm

// Stack describes matrices that lie in one slice: the first row of the i-th begins at
// element i·Step, and rows are LD apart.
type Stack[T Float] struct {
	Data     []T
	LD, Step int
}

// MulStacks computes the products C_i = op(A_i)·B_i, m×n×k, of count matrices each, in
// the calling goroutine. It is meant for products that are too small for Mul to be worth
// while and whose operands have room: n must be a multiple of Columns, so that whole tiles
// are read and written. op is as for Mul.
//
// It panics if a dimension is not positive, n is not such a multiple, a leading dimension
// is too small or a slice too short.
func MulStacks[T Float](transA bool, count, m, n, k int, a, b, c Stack[T]) {
	p := product[T]{
		kern: kernelsOf[T](), transA: transA,
		m: m, n: n, k: k, alpha: 1,
		lda: a.LD, ldb: b.LD, ldc: c.LD,
	}
	if count < 1 || m < 1 || n < 1 || k < 1 || n%p.kern.width() != 0 {
		panic("gemm: bad dimension of a stack")
	}
	last := count - 1
	if min(a.Step, b.Step, c.Step) < 0 || len(a.Data) < last*a.Step || len(b.Data) < last*b.Step || len(c.Data) < last*c.Step {
		panic("gemm: insufficient length of a stack")
	}
	check(transA, false, m, n, k, a.Data[last*a.Step:], a.LD, b.Data[last*b.Step:], b.LD)
	checkResult(m, n, c.Data[last*c.Step:], c.LD)
	pool := poolsOf[T]()
	buf := pool.buffers.Get().(*buffers[T])
	buf.walk = walk{}
	pa := panels[T]{nil, a.LD, 1, p.kern.height() * a.LD}
	if transA {
		pa = panels[T]{nil, 1, a.LD, p.kern.height()}
	}
	for i := range count {
		pa.data = a.Data[i*a.Step:]
		p.c = c.Data[i*c.Step:]
		p.tiles(0, m, 0, n, k, 0, pa, panels[T]{b.Data[i*b.Step:], 1, b.LD, p.kern.width()}, buf)
	}
	pool.buffers.Put(buf)
}

// Columns returns the number of columns of the widest tile.
func Columns[T Float]() int { return kernelsOf[T]().width() }
