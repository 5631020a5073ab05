//go:build !race

package pnc

import (
	"fmt"
	"testing"

	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/random"
)

// TestStepDoesNotAllocate counts the allocations of training steps on
// mini-batches of images and of float64 samples. (Under the race detector, sync.Pool
// drops items on purpose.)
func TestStepDoesNotAllocate(t *testing.T) {
	const batch = 32
	images := randomImages(Shape{2, 8, 8}, 4*batch, 4, 1)
	vectors := Must(Blobs{Classes: 4, PerClass: batch, Dim: 60, Spread: 1}.Generate(1))
	for _, c := range []struct {
		arch Architecture
		data *Dataset
	}{{MLP(4, 300), images}, {MLP(4, 300), vectors}, {ConvNet(4, 2, MLP(2, 20)), images}, {ResNet(4, 2, 1, MLP(2, 20)), images},
		{Architecture{Depth: 6, Width: 100, Nonlinear: 5, BatchNorm: true, Residual: 2}, vectors}} {
		for _, p := range []Precision{Float32, Float64} {
			for bits := range 4 {
				threads, o := 1+bits%2, SGD+Optimizer(bits/2)
				t.Run(fmt.Sprintf("%v/%v/%v/threads=%d", c.arch, o, p, threads), func(t *testing.T) {
					defer gemm.SetThreads(gemm.SetThreads(threads))
					s := (&Settings{Optimizer: o, Batch: batch, WeightDecay: 1e-4, LearningRate: 1e-3, Precision: p, Method: Full}).withDefaults(c.data.Len())
					if o == SGD {
						s.Momentum = 0.9
					}
					stepper, _, err := newStepper(c.arch.Build(c.data, KaimingNormal(), 1), c.data, s)
					if err != nil {
						t.Fatal(err)
					}
					order := random.New(1, random.Batches).Perm(c.data.Len())
					i := 0
					if n := testing.AllocsPerRun(8, func() {
						stepper.step(order[i:i+batch], s.LearningRate, 1)
						i = (i + batch) % len(order)
					}); n != 0 {
						t.Errorf("%v allocations per step", n)
					}
				})
			}
		}
	}
}

// TestStepAllocations checks that steps do not allocate, for every method.
func TestStepAllocations(t *testing.T) {
	data := theoremData(1, 1)
	for _, precision := range []Precision{Float64, Float32} {
		for _, m := range []Method{Full, Chain, Reduced} {
			for _, batch := range []int{0, 7} {
				net := Linear(4, 60).Build(data, Orthogonal(0.3), 1)
				for _, s := range []Settings{{Momentum: 0.9}, {Optimizer: Adam}} {
					if m == Reduced && s.Optimizer != SGD {
						continue
					}
					s.Method, s.Precision, s.WeightDecay, s.Batch = m, precision, 0.1, batch
					s = s.withDefaults(data.Len())
					stepper, _, err := newStepper(net, data, s)
					if err != nil {
						t.Fatal(err)
					}
					index := everySample(data)[:s.Batch]
					if n := testing.AllocsPerRun(100, func() { stepper.step(index, 0.01, 1) }); n != 0 {
						t.Errorf("%s of %s in %s, batch %d: %v allocations per step", m, s.Optimizer, precision, s.Batch, n)
					}
				}
			}
		}
	}
}
