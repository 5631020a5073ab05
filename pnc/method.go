package pnc

import (
	"fmt"
	"math"
	"slices"

	"pnclab/pnc/internal/gemm"
)

// Method is how the steps of gradient descent are computed. All methods take the
// same steps: they differ in time, and in the result by rounding only. [Chain]
// and [Reduced] are for deep linear networks, see [Network.IsLinear].
//
// # Chain
//
// The loss ℓ of a linear network depends on its weights through the K×d_0 matrix
// P_0 = W_L ⋯ W_1 alone. With G = ∂ℓ/∂P_0, the gradient of a network of one layer,
// the chain rule gives
//
//	∂ℓ/∂W_l = P_lᵀ M_l,   P_l = W_L ⋯ W_{l+1},   M_l = G (W_{l-1} ⋯ W_1)ᵀ.
//
// P_{l-1} = P_l W_l and M_{l+1} = M_l W_lᵀ have K rows, so that a layer takes 6K d²
// operations a step where the features of N samples take 6N d².
//
// # Reduced dynamics
//
// Let the hidden layers have width d and W_l(0) = ε_l O_l with orthogonal O_l for
// 2 ≤ l ≤ L-1. W_1(0) and W_L(0), the loss and the batches can be anything. Let S_0
// be the span of the samples, of dimension r ≤ N, and
//
//	S_1 = W_1(0) S_0 + range((W_L(0) O_{L-1} ⋯ O_2)ᵀ),   S_l = O_l S_{l-1},
//
// which have dimension s ≤ r + K. Choose orthonormal bases: the columns of B_0 of
// S_0, of B_1 of S_1, B_l = O_l B_{l-1} for 2 ≤ l ≤ L-1, and B_L = I. Then gradient
// descent with momentum m and weight decay λ has after every step t
//
//	W_l = ρ W_l(0) + B_l (w_l - ρ w_l(0)) B_{l-1}ᵀ,   w_l(0) = B_lᵀ W_l(0) B_{l-1},   (1)
//
// where w_1..w_L are the weights of the small network r → s → … → s → K, trained
// with the same settings on the same batches of B_0ᵀx, and ρ is a number that
// follows weight decay alone: ρ(0) = 1, v(0) = 0, v ← m v + λ ρ, ρ ← ρ - η v.
//
// Proof. At t = 0 the maps respect the subspaces,
//
//	W_l B_{l-1} = B_l w_l  for 1 ≤ l ≤ L,   W_lᵀ B_l = B_{l-1} w_lᵀ  for 2 ≤ l ≤ L:   (2)
//
// the first, since W_1 S_0 ⊂ S_1, O_l B_{l-1} = B_l, and for l = L by the definition
// of w_L; the second, since O_lᵀ B_l = B_{l-1} and the range of W_Lᵀ lies in
// S_{L-1} = O_{L-1} ⋯ O_2 S_1. Inserted into (1), (2) at t = 0 gives (2) at every t at
// which (1) holds. Let it hold at t, and in the same form for the velocities. By (2)
// the features of a sample are z_l = B_l ζ_l, with ζ_l those of the small network,
// and z_L = ζ_L, so both networks have the same outputs, loss and gradient ∂z_L. Going
// backward, ∂z_{l-1} = W_lᵀ ∂z_l = B_{l-1} w_lᵀ ∂ζ_l = B_{l-1} ∂ζ_{l-1} for l ≥ 2. Hence
// the gradient of W_l is
//
//	Σ ∂z_l z_{l-1}ᵀ = B_l (Σ ∂ζ_l ζ_{l-1}ᵀ) B_{l-1}ᵀ
//
// with the gradient of w_l in brackets, and as the steps of weights and velocities
// are linear in weight, velocity and gradient, (1) holds at t + 1.
//
// The bases are isometries, so the small network's features have the inner
// products of the large one's, and C_l, D_l with them. For 2 ≤ l ≤ L-1, W_l maps
// S_{l-1} to S_l as w_l does and the complements as ρ ε_l O_l: its singular values are
// those of w_l and d - s times ρ ε_l. A step costs the same for every d.
type Method int

const (
	// Auto takes the method that needs the fewest operations for all steps, setting
	// up included, among those that are exact for the network.
	Auto Method = iota
	// Full runs all samples of a batch forward and backward through all layers.
	Full
	// Chain multiplies matrices of K rows instead of features. It is exact for
	// linear networks of any weights.
	Chain
	// Reduced trains a network of width N + K instead of d. It is exact for linear
	// networks whose hidden layers from the second on are square and orthogonal up
	// to a factor: those of depth 2, and those initialised by [Orthogonal] or
	// [Identity] and not trained since.
	Reduced
)

var methodNames = [...]string{"auto", "full", "chain", "reduced"}

// String names the method.
func (m Method) String() string { return methodNames[m] }

// check returns an error for a method that is not there or not exact for any
// network of this kind.
func (m Method) check(net *Network) error {
	if m < Auto || m > Reduced {
		return fmt.Errorf("unknown Method %d; use Auto, Full, Chain or Reduced", int(m))
	}
	if m > Full && !net.IsLinear() {
		return fmt.Errorf("Method %s is for linear networks without bias, BatchNorm or ReLU; use Auto", m)
	}
	return nil
}

// newStepper returns the stepper that the settings ask for and the method it
// uses. It returns an error if the method is not exact for the network.
func newStepper(net *Network, data *Dataset, s Settings) (stepper, Method, error) {
	if s.Precision == Float32 {
		return newStepperOf[float32](net, data, s)
	}
	return newStepperOf[float64](net, data, s)
}

func newStepperOf[T gemm.Float](net *Network, data *Dataset, s Settings) (stepper, Method, error) {
	if s.Method == Reduced || s.Method == Auto && net.IsLinear() && reductionPays(net, data, s) {
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

// A directStepper trains the weights of a network as they are.
type directStepper interface {
	stepper
	resumable
}

// newDirectStepper returns the stepper for net as it is.
func newDirectStepper[T gemm.Float](net *Network, data *Dataset, s Settings) (directStepper, Method) {
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

// chainOperations returns the number that it takes in chains.
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
	// The bases of S_0 and S_1, and W_lᵀW_l to see whether it is orthogonal.
	setup := 4*float64(large[0])*float64(r)*float64(r) + 4*float64(large[1])*float64(width)*float64(width)
	for _, d := range large[2 : len(large)-1] {
		setup += 2 * math.Pow(float64(d), 3)
	}
	steps := float64(s.Epochs) * float64((data.Len()+s.Batch-1)/s.Batch)
	step := func(d []int) float64 { return min(fullOperations(d, s.Batch), chainOperations(d, s.Batch)) }
	return setup+steps*step(small) < steps*step(large)
}
