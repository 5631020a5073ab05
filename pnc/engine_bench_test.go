package pnc

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/random"
)

// stepBenchmarks are the networks whose training steps are measured: the paper's two
// networks with seven hidden layers of width 1024 on CIFAR-10, and small extractors.
var stepBenchmarks = []struct {
	name      string
	arch      Architecture
	optimizer Optimizer
}{
	{"mlp-bn", MLP(8, 1024), SGD},
	{"mlp-bn-adam", MLP(8, 1024), Adam},
	{"hybrid-bn", Hybrid(8, 1024, 3), SGD},
	{"convnet", ConvNet(32, 3, MLP(2, 128)), SGD},
	{"resnet8", ResNet(16, 3, 1, MLP(1, 0)), SGD},
}

// BenchmarkTrainStep measures training steps on batches of 128 random images of
// 3×32×32 bytes with momentum (or Adam) and weight decay, including reading the images.
func BenchmarkTrainStep(b *testing.B) {
	for _, c := range stepBenchmarks {
		benchmarkStepOf(b, c.name, c.arch, c.optimizer, 128, Float32, Float64)
	}
}

// benchmarkStepOf measures training steps of an architecture in the given precisions,
// on one and on two threads.
func benchmarkStepOf(b *testing.B, name string, arch Architecture, o Optimizer, batch int, precisions ...Precision) {
	data := randomImages(Shape{3, 32, 32}, 8*batch, 10, 1)
	for _, p := range precisions {
		for threads := 1; threads <= 2; threads++ {
			b.Run(fmt.Sprintf("%s/f%d/threads=%d", name, map[Precision]int{Float32: 32, Float64: 64}[p], threads), func(b *testing.B) {
				defer gemm.SetThreads(gemm.SetThreads(threads))
				net := arch.Build(data, KaimingNormal(), 1)
				s := (&Settings{Optimizer: o, LearningRate: 1e-3, WeightDecay: 1e-4, Batch: batch, Precision: p, Method: Full}).withDefaults(data.Len())
				if o == SGD {
					s.Momentum = 0.9
				}
				stepper, _, err := newStepper(net, data, s)
				if err != nil {
					b.Fatal(err)
				}
				order := random.New(1, random.Batches).Perm(data.Len())
				i := 0
				step := func() {
					stepper.step(order[i:i+batch], s.LearningRate, 1)
					i = (i + batch) % data.Len()
				}
				step() // allocates what it needs
				b.ReportAllocs()
				// Report the fastest chunk too, because machines are shared.
				const chunk = 10
				n, best, begin := 0, time.Duration(math.MaxInt64), time.Now()
				for b.Loop() {
					step()
					if n++; n%chunk == 0 {
						now := time.Now()
						best, begin = min(best, now.Sub(begin)), now
					}
				}
				b.ReportMetric(float64(batch*b.N)/b.Elapsed().Seconds(), "samples/s")
				if n >= chunk {
					b.ReportMetric(float64(batch*chunk)/best.Seconds(), "best-samples/s")
				}
			})
		}
	}
}
