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

// Moments returns the mean m of x and Σ (xᵢ - m)². The squares are taken about m
// rounded to T and corrected for the rounding, so that they do not cancel.
func Moments[T Float](x []T) (mean, squares float64) {
	n := float64(len(x))
	mean = LongSum(x) / n
	about := T(mean)
	off := mean - float64(about)
	return mean, LongSumSquares(x, about) - n*off*off
}
