package pnc

import (
	"runtime"
	"testing"

	"pnclab/pnc/internal/gemm"
)

// BenchmarkMeasure measures C, D and traces of the input and of seven layers of
// width 1024 on 50,000 images of 3072 bytes in one pass, in float32, and for
// comparison the forward pass alone. It reports samples a second, and the bytes
// that measuring allocates, nearly all of which it holds until the end.
func BenchmarkMeasure(b *testing.B) {
	const n = 50000
	data := randomImages(Shape{3, 32, 32}, n, 10, 1)
	net := MLP(8, 1024).Build(data, KaimingNormal(), 1)
	o := MeasureOptions{Measures: Scatter, Precision: Float32}
	b.Run("7x1024/n=50000", func(b *testing.B) {
		defer gemm.SetThreads(gemm.SetThreads(2))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for b.Loop() {
			Must(MeasureWith(b.Context(), net, data, &o))
		}
		runtime.ReadMemStats(&after)
		b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
		b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N), "bytes")
	})
	b.Run("7x1024/n=50000/forward", func(b *testing.B) {
		defer gemm.SetThreads(gemm.SetThreads(2))
		room := net.forwardBatch()
		e := newInference[float32](net, room)
		for b.Loop() {
			for index := range data.batches(room) {
				e.Load(data.samples, data.Labels, index)
				e.Forward(e.Depth(), false)
			}
		}
		b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
	})
}
