package neighbors

import (
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/maptest"
)

// TestTrustworthinessReference compares with scikit-learn on stored numbers
// without equal distances: the sums are of integers, so only the last operations
// round.
func TestTrustworthinessReference(t *testing.T) {
	ref := maptest.Read(t).Small
	high, low := maptest.Rows(ref.High), maptest.Rows(ref.Low)
	for k, want := range ref.Trustworthiness {
		approx.Equal(t, "trustworthiness", Trustworthiness(high, low, k), want, 1e-14, 0)
	}
	for k, want := range ref.Agreement {
		approx.Equal(t, "agreement", Agreement(low, ref.Labels, k), want, 1e-14, 0)
	}
}

// TestTrustworthinessLimits requires 1 for a map that preserves all neighbours, even
// where they differ in digits that a matrix product loses, and about a half for a
// map that is unrelated to the data.
func TestTrustworthinessLimits(t *testing.T) {
	for name, z := range map[string]*mat.Dense{
		"apart":     maptest.Clouds(200, 5, 1, 0, 1),
		"collapsed": maptest.Clouds(200, 5, 1e-9, 100, 1),
		"copies":    maptest.Clouds(200, 5, 0, 1, 1),
	} {
		approx.Equal(t, name, Trustworthiness(z, z, 7), 1, 0, 0)
		var moved mat.Dense // exactly, so that equal distances stay equal
		moved.Scale(-4, z)
		approx.Equal(t, name+", scaled", Trustworthiness(z, &moved, 7), 1, 0, 0)
	}
	// A random rank exceeds k by (N-k)²/2N on average, and so T is near
	// 1 - (N-k)²/(N(2N-3k-1)), 0.52; its deviation over 200·7 ranks is about 0.01.
	got := Trustworthiness(maptest.Clouds(200, 5, 1, 0, 1), maptest.Clouds(200, 2, 1000, 0, 2), 7)
	approx.Equal(t, "unrelated", got, 1-193.0*193/(200*378), 0, 0.05)
}

// TestTrustworthinessDefinition compares with the definition by sorting, for data that
// single precision resolves and for data that it does not, with equal distances, and in
// several blocks of rows.
func TestTrustworthinessDefinition(t *testing.T) {
	for name, high := range map[string]*mat.Dense{
		"apart":          maptest.Clouds(1100, 9, 1, 0, 1),
		"collapsed":      maptest.Clouds(1100, 9, 1e-7, 0, 2),
		"collapsed more": maptest.Clouds(600, 9, 1e-9, 1e3, 3),
		"few values":     fewValues(300, 7),
		"copies":         maptest.Clouds(300, 9, 0, 0, 4),
	} {
		const k = 7
		n, _ := high.Dims()
		low := maptest.Clouds(n, 2, 0.1, 0, 5)
		truth, inMap := bruteForce(high, n-1), bruteForce(low, k)
		sum := 0
		for i := range n {
			ranks, _ := truth.Of(i)
			index, _ := inMap.Of(i)
			for _, j := range index {
				sum += max(0, slices.Index(ranks, j)+1-k)
			}
		}
		want := 1 - 2*float64(sum)/float64(n*k*(2*n-3*k-1))
		approx.Equal(t, name, Trustworthiness(high, low, k), want, 1e-15, 0)
	}
}

func TestAgreement(t *testing.T) {
	line := mat.NewDense(6, 1, []float64{0, 1, 2.5, 10, 11, 12.5})
	approx.Equal(t, "two groups", Agreement(line, []int{3, 3, 3, 1, 1, 1}, 2), 1, 0, 0)
	approx.Equal(t, "alternating", Agreement(line, []int{0, 1, 0, 1, 0, 1}, 1), 0, 0, 0)
	// The neighbours are 1; 0; 1; 4; 3; 4.
	approx.Equal(t, "mixed", Agreement(line, []int{0, 0, 1, 1, 1, 0}, 1), 4.0/6, 1e-15, 0)
}

func BenchmarkTrustworthiness(b *testing.B) {
	z := maptest.Clouds(5000, 1000, 0.5, 0, 1)
	low := maptest.Clouds(5000, 2, 0.5, 0, 1)
	for b.Loop() {
		Trustworthiness(z, low, 15)
	}
}
