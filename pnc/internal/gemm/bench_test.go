package gemm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// benchmarkShapes are m×n×k. The first is for comparison with published figures.
// Then come the products of a fully connected layer of 1024 features for a batch of
// 128: with one row per sample, as in most libraries, and with one column per
// sample, as in the training engine (forward NN, gradient of the features TN, of the
// weights NT). The last are full batches of deep linear networks.
var benchmarkShapes = []struct {
	m, n, k int
	ops     []string
}{
	{1024, 1024, 1024, []string{"NN", "NT", "TN"}},
	{128, 1024, 3072, []string{"NN", "NT", "TN"}},
	{128, 1024, 1024, []string{"NN", "NT", "TN"}},
	{1024, 1024, 128, []string{"NN", "NT", "TN"}},
	{1024, 128, 1024, []string{"NN", "TN"}},
	{30, 50, 50, []string{"NN", "NT", "TN"}},
	{30, 400, 400, []string{"NN", "NT", "TN"}},
}

type mulFunc[T Float] func(transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)

// BenchmarkGEMM measures Mul on the path in use, which PNC_KERNEL selects.
func BenchmarkGEMM(b *testing.B) {
	benchmark(b, Mul[float32], Mul[float64])
}

// BenchmarkGonum measures gonum's product, which chooses its number of goroutines
// itself.
func BenchmarkGonum(b *testing.B) {
	op := func(t bool) blas.Transpose {
		if t {
			return blas.Trans
		}
		return blas.NoTrans
	}
	var impl gonum.Implementation
	benchmark(b,
		func(ta, tb bool, m, n, k int, alpha float32, x []float32, lda int, y []float32, ldb int, beta float32, c []float32, ldc int) {
			impl.Sgemm(op(ta), op(tb), m, n, k, alpha, x, lda, y, ldb, beta, c, ldc)
		},
		func(ta, tb bool, m, n, k int, alpha float64, x []float64, lda int, y []float64, ldb int, beta float64, c []float64, ldc int) {
			impl.Dgemm(op(ta), op(tb), m, n, k, alpha, x, lda, y, ldb, beta, c, ldc)
		})
}

// benchmark measures a product for both types and all shapes, with one and two
// threads.
func benchmark(b *testing.B, f32 mulFunc[float32], f64 mulFunc[float64]) {
	eachShape(b,
		func(b *testing.B, _ int, ta, tb bool, m, n, k int) { benchmarkShape(b, f32, ta, tb, m, n, k) },
		func(b *testing.B, _ int, ta, tb bool, m, n, k int) { benchmarkShape(b, f64, ta, tb, m, n, k) })
}

// shapeFunc measures one product.
type shapeFunc func(b *testing.B, threads int, transA, transB bool, m, n, k int)

// eachShape runs a benchmark for each type, shape and number of threads, named
// like f32/NN/1024x1024x1024/threads=1.
func eachShape(b *testing.B, f32, f64 shapeFunc) {
	for i, f := range []shapeFunc{f32, f64} {
		for _, op := range []string{"NN", "NT", "TN"} {
			for _, s := range benchmarkShapes {
				if !slices.Contains(s.ops, op) {
					continue
				}
				for threads := 1; threads <= 2; threads++ {
					name := fmt.Sprintf("%s/%s/%dx%dx%d/threads=%d", []string{"f32", "f64"}[i], op, s.m, s.n, s.k, threads)
					b.Run(name, func(b *testing.B) {
						setThreads(b, threads)
						f(b, threads, op[0] == 'T', op[1] == 'T', s.m, s.n, s.k)
					})
				}
			}
		}
	}
}

func benchmarkShape[T Float](b *testing.B, mul mulFunc[T], ta, tb bool, m, n, k int) {
	call := newCall(mul, ta, tb, m, n, k)
	for b.Loop() {
		call.run()
	}
	b.ReportMetric(2*float64(m)*float64(n)*float64(k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

// call is a product of random matrices, α = 1 and β = 0.
type call[T Float] struct {
	mul      mulFunc[T]
	ta, tb   bool
	m, n, k  int
	x, y, c  []T
	lda, ldb int
}

func newCall[T Float](mul mulFunc[T], ta, tb bool, m, n, k int) *call[T] {
	rnd := rand.New(rand.NewPCG(9, 0))
	random := func(n int) []T {
		s := make([]T, n)
		for i := range s {
			s[i] = T(rnd.NormFloat64())
		}
		return s
	}
	p := &call[T]{mul: mul, ta: ta, tb: tb, m: m, n: n, k: k, x: random(m * k), y: random(k * n), c: make([]T, m*n), lda: k, ldb: n}
	if ta {
		p.lda = m
	}
	if tb {
		p.ldb = k
	}
	return p
}

func (p *call[T]) run() {
	p.mul(p.ta, p.tb, p.m, p.n, p.k, 1, p.x, p.lda, p.y, p.ldb, 0, p.c, p.n)
}
