package vec

// longRun is the number of values that are summed in their own precision before
// sums go on in float64.
const longRun = 1 << 12

// LongSum returns Σ xᵢ of any number of elements: runs of 4096 are summed by Sum
// and the runs in float64, so that the error does not grow with the length.
func LongSum[T Float](x []T) (s float64) {
	for len(x) > longRun {
		s += float64(Sum(x[:longRun]))
		x = x[longRun:]
	}
	return s + float64(Sum(x))
}

// LongSumSquares returns Σ (xᵢ - center)² in the same way.
func LongSumSquares[T Float](x []T, center T) (s float64) {
	for len(x) > longRun {
		s += float64(SumSquares(x[:longRun], center))
		x = x[longRun:]
	}
	return s + float64(SumSquares(x, center))
}

// LongRuns calls f for consecutive runs [from,to) of n elements, each short enough
// for sums in the precision of the elements.
func LongRuns(n int, f func(from, to int)) {
	for from := 0; from < n; from += longRun {
		f(from, min(from+longRun, n))
	}
}

// Moments returns the mean m of x, summed in float64, and Σ (xᵢ - m)², summed in the
// precision of x. Values that are all equal have exactly this mean and exactly 0: the
// mean is taken of the differences from the first one, whose rounding errors are
// proportional to the spread of x and not to its size. The squares are those about m
// rounded, which are corrected for the rounding. It panics if x is empty.
func Moments[T Float](x []T) (mean, squares float64) {
	first, n := float64(x[0]), float64(len(x))
	var s0, s1, s2, s3 float64
	rest := x
	for ; len(rest) >= 4; rest = rest[4:] {
		s0 += float64(rest[0]) - first
		s1 += float64(rest[1]) - first
		s2 += float64(rest[2]) - first
		s3 += float64(rest[3]) - first
	}
	for _, v := range rest {
		s0 += float64(v) - first
	}
	mean = first + (s0+s1+(s2+s3))/n
	about := T(mean)
	off := mean - float64(about)
	return mean, max(0, LongSumSquares(x, about)-n*off*off)
}
