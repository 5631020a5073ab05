package vec

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestLong compares long sums and moments with exact ones, for lengths around the
// runs in which they are summed, with a mean far from zero. Runs of 4096 are summed
// in the precision of the elements, in several sums each: an error of γ_4096 ≤ 4096u
// of Σ|x|, with u = 2⁻⁵³ or 2⁻²⁴; the runs are added in float64.
func TestLong(t *testing.T) {
	t.Run("float64", func(t *testing.T) { testLong[float64](t, 0x1p-53) })
	t.Run("float32", func(t *testing.T) { testLong[float32](t, 0x1p-24) })
}

func testLong[T Float](t *testing.T, u float64) {
	const seed = 2
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for _, n := range []int{1, 2, longRun - 1, longRun, longRun + 1, 3*longRun + 17} {
		x := make([]T, n)
		sum, size := new(big.Float).SetPrec(200), 0.0
		for i := range x {
			x[i] = T(10 + rnd.NormFloat64())
			sum.Add(sum, new(big.Float).SetFloat64(float64(x[i])))
			size += math.Abs(float64(x[i]))
		}
		want, _ := sum.Float64()
		if got := LongSum(x); math.Abs(got-want) > 4096*u*size {
			t.Errorf("n = %d: sum %v, want %v", n, got, want)
		}
		mean := new(big.Float).SetPrec(200).Quo(sum, new(big.Float).SetInt64(int64(n)))
		squares := new(big.Float).SetPrec(200)
		for _, v := range x {
			d := new(big.Float).SetPrec(200).Sub(new(big.Float).SetFloat64(float64(v)), mean)
			squares.Add(squares, d.Mul(d, d))
		}
		wantMean, _ := mean.Float64()
		wantSquares, _ := squares.Float64()
		gotMean, gotSquares := Moments(x)
		if math.Abs(gotMean-wantMean) > 4096*u*size/float64(n) {
			t.Errorf("n = %d: mean %v, want %v", n, gotMean, wantMean)
		}
		// The squares are about a rounded mean: sums of n numbers of order one, which a
		// mean off by δ makes wrong by nδ² more.
		delta := 4096 * u * size / float64(n)
		if math.Abs(gotSquares-wantSquares) > 4096*u*wantSquares+float64(n)*delta*delta+1e-30 {
			t.Errorf("n = %d: squares %v, want %v", n, gotSquares, wantSquares)
		}
		covered := 0
		LongRuns(n, func(from, to int) {
			if from != covered || to <= from || to-from > longRun {
				t.Errorf("n = %d: run %d to %d after %d", n, from, to, covered)
			}
			covered = to
		})
		if covered != n {
			t.Errorf("n = %d: runs end at %d", n, covered)
		}
	}
}
