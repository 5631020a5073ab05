package vec

import (
	"fmt"
	"testing"
)

// BenchmarkVec measures, in elements per second, functions of one feature of a batch
// and of the weights of a layer.
func BenchmarkVec(b *testing.B) {
	b.Run("f32", benchmarkType[float32])
	b.Run("f64", benchmarkType[float64])
}

func benchmarkType[T Float](b *testing.B) {
	for _, n := range []int{128, 1 << 20} {
		x, y, z, w := make([]T, n), make([]T, n), make([]T, n), make([]T, n)
		for i := range x {
			x[i], y[i] = T(i%7-3), T(i%5-2)
		}
		bytes := make([]uint8, n)
		for _, bench := range []struct {
			name string
			f    func()
		}{
			{"Sum", func() { Sum(x) }},
			{"SumSquares", func() { SumSquares(x, 1) }},
			{"ReLU", func() { ReLU(z, x, 1) }},
			{"ReLUBackward", func() { ReLUBackward(z, x, y) }},
			{"LargerBackward", func() { LargerBackward(z, w, x, y) }},
			{"NormalizeReLU", func() { NormalizeReLU(z, w, x, 0, 1, 1, 1) }},
			{"NormalizeReLUSums", func() { NormalizeReLUSums(x, y, x) }},
			{"NormalizeReLUBackward", func() { NormalizeReLUBackward(z, x, y, x, 1, 1, 0, 0) }},
			{"SGD", func() { SGD(z, w, x, 1e-9, 0.9, 1e-4) }},
			{"Adam", func() { Adam(z, w, x, y, AdamRates[T]{0.1, 0.999, 1e-3, 1e-9, 1e-8, 1e-4, 1}) }},
			{"FromBytes", func() { FromBytes(z, bytes, 1, 0) }},
		} {
			b.Run(fmt.Sprintf("%s/%d", bench.name, n), func(b *testing.B) {
				for b.Loop() {
					bench.f()
				}
				b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gelem/s")
			})
		}
	}
}
