//go:build openblas && cgo

package gemm

import (
	"math"
	"slices"
	"testing"
	"time"
)

// BenchmarkVersus measures Mul and OpenBLAS alternately, a few milliseconds each, so
// that both run under the same conditions. It reports the fastest turn of each in
// GFLOP/s and the median ratio of neighbouring turns, which is above 1 where Mul is
// faster:
//
//	OPENBLAS_THREAD_TIMEOUT=10 go test -tags openblas -bench Versus
//
// The time limit makes OpenBLAS's threads sleep soon after a product. By default they
// wait for the next one in a busy loop, on the cores that Mul's turn needs.
func BenchmarkVersus(b *testing.B) {
	defer func(was bool) { useOpenBLAS = was }(useOpenBLAS)
	useOpenBLAS = false // in Mul
	eachShape(b, versus[float32], versus[float64])
}

func versus[T Float](b *testing.B, threads int, ta, tb bool, m, n, k int) {
	own, other := newCall(Mul[T], ta, tb, m, n, k), newCall(mulOpenBLAS[T], ta, tb, m, n, k)
	turn, rest := 5*time.Millisecond, time.Duration(0)
	if threads > 1 {
		turn, rest = 20*time.Millisecond, 5*time.Millisecond
	}
	reps := max(1, int(turn/max(own.time(3), 1)))
	var ours, theirs []float64 // seconds per product
	for b.Loop() {
		time.Sleep(rest)
		ours = append(ours, own.time(reps).Seconds())
		time.Sleep(rest)
		theirs = append(theirs, other.time(reps).Seconds())
	}
	flop := 2 * float64(m) * float64(n) * float64(k)
	ratios := make([]float64, 0, 2*len(ours))
	for i := range ours {
		ratios = append(ratios, theirs[i]/ours[i])
		if i > 0 {
			ratios = append(ratios, theirs[i-1]/ours[i])
		}
	}
	slices.Sort(ratios)
	b.ReportMetric(0, "ns/op") // not shown: it is the time of a turn of both
	b.ReportMetric(flop/slices.Min(ours)/1e9, "GFLOP/s")
	b.ReportMetric(flop/slices.Min(theirs)/1e9, "OpenBLAS-GFLOP/s")
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
	if math.IsNaN(own.c0()) || math.Abs(own.c0()-other.c0()) > 1e-3*float64(k) {
		b.Fatal("the two disagree")
	}
}

// time returns the mean time of the given number of runs.
func (p *call[T]) time(runs int) time.Duration {
	start := time.Now()
	for range runs {
		p.run()
	}
	return time.Since(start) / time.Duration(runs)
}

// c0 is the first element of the result.
func (p *call[T]) c0() float64 { return float64(p.c[0]) }
