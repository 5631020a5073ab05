package pnc

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pnclab/pnc/internal/gemm"
)

// convBenchmarks are residual networks of the usual depths, on images of 3×32×32 bytes.
var convBenchmarks = []struct {
	name string
	arch Architecture
}{
	{"resnet20", ResNet(16, 3, 3, MLP(1, 0))},
	{"resnet18w32", ResNet(32, 4, 2, MLP(1, 0))},
}

// convBenchmarkImages is the number of images of the benchmarks of inference and measuring:
// some batches, as what is done once per run should not count.
const convBenchmarkImages = 1000

// BenchmarkConvStep measures training steps as BenchmarkTrainStep does, on batches of 125.
func BenchmarkConvStep(b *testing.B) {
	for _, c := range convBenchmarks {
		benchmarkStepOf(b, c.name, c.arch, SGD, 125, Float32)
	}
}

// BenchmarkConvForward measures inference: the features of all layers, BatchNorm in
// evaluation mode.
func BenchmarkConvForward(b *testing.B) {
	benchmarkPasses(b, func(net *Network, data *Dataset) func() {
		room := net.forwardBatch()
		e := newInference[float32](net, room)
		return func() {
			for index := range data.batches(room) {
				e.Load(data.samples, data.Labels, index)
				e.Forward(e.Depth(), false)
			}
		}
	})
}

// BenchmarkConvMeasure measures C, D and traces of the input and of all layers, with the
// forward pass that they need.
func BenchmarkConvMeasure(b *testing.B) {
	benchmarkPasses(b, func(net *Network, data *Dataset) func() {
		o := MeasureOptions{Measures: Scatter, Precision: Float32}
		return func() { Must(MeasureWith(b.Context(), net, data, &o)) }
	})
}

// benchmarkPasses reports samples per second of what begin returns, a pass over all images,
// and those of the fastest pass, because machines are shared.
func benchmarkPasses(b *testing.B, begin func(*Network, *Dataset) (pass func())) {
	data := randomImages(Shape{3, 32, 32}, convBenchmarkImages, 10, 1)
	for _, c := range convBenchmarks {
		net := c.arch.Build(data, KaimingNormal(), 1)
		for threads := 1; threads <= 2; threads++ {
			b.Run(fmt.Sprintf("%s/f32/threads=%d", c.name, threads), func(b *testing.B) {
				defer gemm.SetThreads(gemm.SetThreads(threads))
				pass := begin(net, data)
				pass() // allocates what it needs
				best, start := time.Duration(math.MaxInt64), time.Now()
				for b.Loop() {
					pass()
					now := time.Now()
					best, start = min(best, now.Sub(start)), now
				}
				b.ReportMetric(float64(data.Len()*b.N)/b.Elapsed().Seconds(), "samples/s")
				b.ReportMetric(float64(data.Len())/best.Seconds(), "best-samples/s")
			})
		}
	}
}
