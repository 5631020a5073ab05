package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/vec"
)

// TestNormLong compares batch normalisation and its gradients with their formulas on
// rows longer and shorter than the 4096 values that are summed at once. Errors are
// those of sums of n numbers of order one: γ_n times their size, n ≤ 13,000.
func TestNormLong(t *testing.T) {
	const seed, rtol = 8, 1e-10
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for _, n := range []int{5, 4095, 4096, 4097, 13000} {
		z, dy := normals(rnd, n), normals(rnd, n)
		spec := &Norm{
			Gamma: []float64{1.7}, Beta: []float64{0.3}, RunningMean: []float64{0}, RunningVar: []float64{1},
			Eps: 1e-5, StatMomentum: 0.1,
		}
		norm := newNorm(spec, append([]float64(nil), z...), true)
		y := make([]float64, n)
		norm.standardize(norm.normalized, 0, true).forward(y, norm.normalized, false)
		mean, variance := 0.0, 0.0
		for _, v := range z {
			mean += v / float64(n)
		}
		for _, v := range z {
			variance += (v - mean) * (v - mean) / float64(n)
		}
		inverse := 1 / math.Sqrt(variance+1e-5)
		want, dbeta, dgamma := make([]float64, n), 0.0, 0.0
		for i, v := range z {
			want[i] = 1.7*(v-mean)*inverse + 0.3
			dbeta += dy[i]
			dgamma += dy[i] * (v - mean) * inverse
		}
		name := fmt.Sprintf("n = %d", n)
		approx.All(t, name+": y", y, want, 0, rtol)
		approx.Equal(t, name+": running mean", norm.mean[0], 0.1*mean, 0, rtol)
		approx.Equal(t, name+": running variance", norm.vari[0], 0.9+0.1*variance*float64(n)/float64(n-1), 0, rtol)
		dx := append([]float64(nil), dy...)
		var sums normSums
		vec.LongRuns(n, func(i, j int) { norm.add(&sums, dx[i:j], y[i:j], i, false) })
		norm.backward(sums, dx, y, 0, false)
		approx.Equal(t, name+": gradient of β", norm.beta.grad[0], dbeta, rtol, 1e-10)
		approx.Equal(t, name+": gradient of γ", norm.gamma.grad[0], dgamma, rtol, 1e-10)
		for i, v := range z {
			want[i] = 1.7 * inverse * (dy[i] - dbeta/float64(n) - (v-mean)*inverse*dgamma/float64(n))
		}
		approx.All(t, name+": gradient of z", dx, want, 0, rtol)
	}
}
