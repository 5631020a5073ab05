package vec

// Larger computes dst = max(dst, x), which is NaN where either is.
func Larger[T Float](dst, x []T) {
	if same(len(dst), len(x)) > 0 {
		kernelsOf[T]().larger(len(dst), &dst[0], &x[0])
	}
}

// LargerBackward passes the gradient dy of the loss with respect to y, each element
// of which is the largest of several x, back to one of these x. It is called for
// each x in turn and gives dy to the first that equals y:
//
//	dx = dy, dy = 0 where x = y
//	dx = 0 elsewhere
func LargerBackward[T Float](dx, dy, x, y []T) {
	if same(len(dx), len(dy), len(x), len(y)) > 0 {
		kernelsOf[T]().largerBackward(len(dx), &dx[0], &dy[0], &x[0], &y[0])
	}
}
