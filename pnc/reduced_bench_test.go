package pnc

import (
	"fmt"
	"testing"
)

// benchmarkStep times full-batch steps of the experiment on depth and width, with 30
// samples of dimension 50 in 3 classes.
func benchmarkStep(b *testing.B, method Method) {
	data := theoremData(1, 1)
	for _, width := range []int{50, 400, 700} {
		b.Run(fmt.Sprintf("width=%d/depth=6", width), func(b *testing.B) {
			net := Linear(6, width).Build(data, Orthogonal(0.1), 1)
			s := (&Settings{Method: method}).withDefaults(data.Len())
			stepper, _, err := newStepper(net, data, s)
			if err != nil {
				b.Fatal(err)
			}
			batch := everySample(data)
			b.ReportAllocs()
			for b.Loop() {
				stepper.step(batch, 0.1, 1)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
		})
	}
}

// everySample returns the indices of all samples.
func everySample(data *Dataset) []int {
	index := make([]int, data.Len())
	for i := range index {
		index[i] = i
	}
	return index
}

func BenchmarkFullStep(b *testing.B)    { benchmarkStep(b, Full) }
func BenchmarkChainStep(b *testing.B)   { benchmarkStep(b, Chain) }
func BenchmarkReducedStep(b *testing.B) { benchmarkStep(b, Reduced) }

// assumptionStudy returns the experiment on the assumptions of the theorem (Wang
// et al. 2025) at one depth and width.
func assumptionStudy(depth, width int) Experiment {
	return Experiment{
		Data:             NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1},
		Net:              Linear(depth, width),
		Init:             Orthogonal(0.1),
		Train:            Settings{Schedule: Cosine(1e-3), Epochs: 100_000, StopLoss: 1e-10},
		CheckAssumptions: true,
		Forget:           true,
	}
}

// BenchmarkAssumptionStudy times the whole study: depths 2 to 5 at width 400 and
// widths 200 to 700 at depth 5, ten seeds each, 90 runs per operation.
func BenchmarkAssumptionStudy(b *testing.B) {
	b.Setenv("PNC_CACHE", "off")
	var all []Experiment
	for depth := 2; depth <= 5; depth++ {
		all = append(all, assumptionStudy(depth, 400).Seeds(10)...)
	}
	for _, width := range []int{200, 300, 500, 600, 700} {
		all = append(all, assumptionStudy(5, width).Seeds(10)...)
	}
	for b.Loop() {
		for _, r := range Must(Sweep(b.Context(), all)) {
			if r.Result.Status != Converged {
				b.Fatalf("%s: %s", r.Experiment.Net, r.Result)
			}
		}
	}
	b.ReportMetric(float64(b.N*len(all))/b.Elapsed().Seconds(), "runs/s")
}
