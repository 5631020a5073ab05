package pnc

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/linalg"
)

// dependentRows returns a k×d matrix with the given singular values, k-1 of them, and a
// vector that its product with is zero.
func dependentRows(k, d int, singular []float64, rnd *rand.Rand) (m *mat.Dense, left []float64) {
	u := linalg.Haar(k, k, rnd)
	v := linalg.Haar(d, len(singular), rnd)
	scaled := mat.DenseCopyOf(u.Slice(0, k, 1, 1+len(singular)))
	for i := range k {
		for j, s := range singular {
			scaled.Set(i, j, s*scaled.At(i, j))
		}
	}
	return linalg.Mul(false, true, scaled, v), mat.Col(nil, 0, u)
}

// TestWhitening compares zᵀ(mᵀm)⁺z with its value by the known decomposition of m, for
// matrices of full rank and others, which take the singular value decomposition, and
// up to the ratio of singular values where the latter begins.
func TestWhitening(t *testing.T) {
	const seed = 41
	t.Logf("seed %d", seed)
	for _, c := range []struct {
		k, d   int
		ratio  float64 // of the largest to the smallest singular value
		zeros  int
		wantQR bool
	}{
		{2, 1, 1, 0, true}, {2, 5, 1, 0, true}, {10, 9, 10, 0, true}, {10, 30, 1e4, 0, true}, {10, 30, 1e6, 0, true},
		{10, 30, 10, 3, false}, {10, 6, 10, 3, false}, {70, 90, 100, 0, true}, {70, 90, 100, 5, false},
	} {
		t.Run(fmt.Sprintf("%dx%d ratio %g zeros %d", c.k, c.d, c.ratio, c.zeros), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 0))
			rank := c.k - 1 - c.zeros
			singular := make([]float64, rank)
			for i := range singular {
				singular[i] = math.Pow(c.ratio, -float64(i)/math.Max(1, float64(rank-1)))
			}
			m, left := dependentRows(c.k, c.d, singular, rnd)
			got := whitening(m, append([]float64(nil), left...), 0)
			if qr := whiteningQR(m, append([]float64(nil), left...), 0); (qr != nil) != c.wantQR {
				t.Errorf("QR decomposition used: %v", qr != nil)
			}
			if n, _ := got.Dims(); n != rank {
				t.Fatalf("%d rows, want %d", n, rank)
			}
			var svd mat.SVD
			if !svd.Factorize(m, mat.SVDThin) {
				t.Fatal("no decomposition")
			}
			var v mat.Dense
			svd.VTo(&v)
			z := mat.NewVecDense(c.d, nil)
			for i := range c.d {
				z.SetVec(i, rnd.NormFloat64())
			}
			want := 0.0
			for j := range rank {
				want += math.Pow(mat.Dot(v.ColView(j), z)/svd.Values(nil)[j], 2)
			}
			var w mat.VecDense
			w.MulVec(got, z)
			// Both sides, and m itself, are accurate to a few √d ε times the ratio.
			approx.Equal(t, "zᵀ(mᵀm)⁺z", mat.Dot(&w, &w), want, 1e-14*c.ratio+1e-13, 0)
		})
	}
	// Singular values up to what rounding may cause count as zero.
	rnd := rand.New(rand.NewPCG(seed, 1))
	m, left := dependentRows(4, 7, []float64{1, 0.5, 1e-5}, rnd)
	if n, _ := whitening(m, append([]float64(nil), left...), 1e-4).Dims(); n != 2 {
		t.Errorf("%d rows where one of three singular values is rounding", n)
	}
	if whitening(m, left, 2) != nil || whitening(mat.NewDense(3, 2, nil), make([]float64, 3), 0) != nil {
		t.Error("rows of a matrix that is rounding or zero")
	}
}

func BenchmarkWhitening(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 0))
	for _, k := range []int{10, 100, 1000} {
		singular := make([]float64, k-1)
		for i := range singular {
			singular[i] = 1 + rnd.Float64()
		}
		m, left := mat.NewDense(k, 2048, nil), make([]float64, k)
		linalg.Fill(m, rnd.NormFloat64)
		for i := range left {
			left[i] = 1
		}
		for j := range 2048 {
			mean := mat.Sum(m.ColView(j)) / float64(k)
			for i := range k {
				m.Set(i, j, m.At(i, j)-mean)
			}
		}
		b.Run(fmt.Sprint(k), func(b *testing.B) {
			for b.Loop() {
				whitening(m, append([]float64(nil), left...), 0)
			}
		})
	}
}
