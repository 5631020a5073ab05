package pnc

import (
	"fmt"
	"math"
	"slices"

	"pnclab/pnc/internal/gemm"
)

// newStepper returns the stepper that the settings select and its method. It returns
// an error if the method is not exact for the network.
func newStepper(net *Network, data *Dataset, s Settings) (stepper, Method, error) {
	if single && s.Precision == Float32 {
		return newStepperOf[float32](net, data, s)
	}
	return newStepperOf[float64](net, data, s)
}

func newStepperOf[T gemm.Float](net *Network, data *Dataset, s Settings) (stepper, Method, error) {
	if s.Augmentation != (Augmentation{}) {
		s.Method = Full // the others compute with the samples as they are
	}
	if s.Method == Reduced || s.Method == Auto && s.Optimizer == SGD && net.IsLinear() && reductionPays(net, data, s) {
		r, err := reduce(net, data)
		if err == nil {
			return newReducedStepper[T](r, s), Reduced, nil
		}
		if s.Method == Reduced {
			return nil, Reduced, fmt.Errorf("settings: Method %s: %w; use Auto", Reduced, err)
		}
	}
	direct, method := newDirectStepper[T](net, data, s)
	return direct, method, nil
}

// newDirectStepper returns a stepper for net itself, without reduction.
func newDirectStepper[T gemm.Float](net *Network, data *Dataset, s Settings) (stepper, Method) {
	d := widths(net)
	if s.Method == Chain || s.Method != Full && net.IsLinear() && chainOperations(d, s.Batch) < fullOperations(d, s.Batch) {
		return newChainStepper[T](net, data, s), Chain
	}
	return newFullStepper[T](net, data, s), Full
}

// widths returns d_0, d_1, ..., d_L = K.
func widths(net *Network) []int {
	d := []int{net.In()}
	for _, l := range net.Layers {
		out, _ := l.W.Dims()
		d = append(d, out)
	}
	return d
}

// fullOperations returns the number of floating-point operations that a step
// with a batch of b samples takes through all layers of widths d.
func fullOperations(d []int, b int) float64 {
	var sum float64
	for l := 1; l < len(d); l++ {
		sum += 6 * float64(b) * float64(d[l]) * float64(d[l-1])
	}
	return sum
}

// chainOperations returns the number of operations of a step by the method [Chain].
func chainOperations(d []int, b int) float64 {
	last := len(d) - 1
	return fullOperations([]int{d[0], d[last]}, b) + fullOperations(d[:last], d[last])
}

// reductionPays reports whether reducing the network and training the small one
// takes fewer operations than training the network directly for all epochs.
func reductionPays(net *Network, data *Dataset, s Settings) bool {
	if net.Depth() < 2 {
		return false
	}
	large := widths(net)
	r, width := reducedWidths(net, data)
	small := slices.Clone(large)
	small[0] = r
	for l := 1; l < len(small)-1; l++ {
		small[l] = width
	}
	// The bases of S_0 and S_1, and W_lᵀW_l to check that it is orthogonal.
	setup := 4*float64(large[0])*float64(r)*float64(r) + 4*float64(large[1])*float64(width)*float64(width)
	for _, d := range large[2 : len(large)-1] {
		setup += 2 * math.Pow(float64(d), 3)
	}
	steps := float64(s.Epochs) * float64((data.Len()+s.Batch-1)/s.Batch)
	step := func(d []int) float64 { return min(fullOperations(d, s.Batch), chainOperations(d, s.Batch)) }
	return setup+steps*step(small) < steps*step(large)
}
