package vec

// longRun is the number of values that are summed in their own precision before
// the sums are added in float64.
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

// Moments returns the mean m of x and Σ (xᵢ - m)², summed in float64. Values that are
// all equal have exactly this mean and exactly 0: sums are taken of the differences
// from the first one, dᵢ, whose rounding errors are proportional to the spread of x and
// not to its size. One pass suffices, Σdᵢ² - (Σdᵢ)²/n, unless three bits of it cancel, as
// they do where the first value lies far outside. It panics if x is empty.
func Moments[T Float](x []T) (mean, squares float64) {
	first, n := float64(x[0]), float64(len(x))
	sum, square := aboutCentre(x, first)
	mean, squares = first+sum/n, square-sum*sum/n
	if !(square <= 8*squares) {
		sum, square = aboutCentre(x, mean)
		squares = max(0, square-sum*sum/n)
	}
	return mean, squares
}

// aboutCentre returns Σ (xᵢ - c) and Σ (xᵢ - c)² in float64. Four sums of each do not
// wait for one another.
func aboutCentre[T Float](x []T, c float64) (sum, square float64) {
	var s0, s1, s2, s3, q0, q1, q2, q3 float64
	for ; len(x) >= 4; x = x[4:] {
		d0, d1, d2, d3 := float64(x[0])-c, float64(x[1])-c, float64(x[2])-c, float64(x[3])-c
		s0, s1, s2, s3 = s0+d0, s1+d1, s2+d2, s3+d3
		q0, q1, q2, q3 = q0+d0*d0, q1+d1*d1, q2+d2*d2, q3+d3*d3
	}
	for _, v := range x {
		d := float64(v) - c
		s0, q0 = s0+d, q0+d*d
	}
	return s0 + s1 + (s2 + s3), q0 + q1 + (q2 + q3)
}
