package pnc

import "fmt"

// Method says how the steps of gradient descent are computed. All methods take the
// same steps: they differ in time, and in the result only by rounding. [Chain] and
// [Reduced] are for deep linear networks, see [Network.IsLinear].
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
// operations per step, where the features of N samples take 6N d².
//
// # Reduced dynamics
//
// Let the hidden layers have width d and W_l(0) = ε_l O_l with orthogonal O_l for
// 2 ≤ l ≤ L-1. W_1(0) and W_L(0), the loss and the batches can be anything. Let S_0
// be the span of the samples, of dimension r ≤ N, and
//
//	S_1 = W_1(0) S_0 + range((W_L(0) O_{L-1} ⋯ O_2)ᵀ),   S_l = O_l S_{l-1},
//
// which have dimension s ≤ r + K. Choose orthonormal bases: the columns of B_0 for
// S_0, of B_1 for S_1, B_l = O_l B_{l-1} for 2 ≤ l ≤ L-1, and B_L = I. Then gradient
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
// with the gradient of w_l in parentheses. The updates of weights and velocities are
// linear in weight, velocity and gradient, so (1) holds at t + 1.
//
// The bases are isometries, so the small network's features have the inner
// products of the large one's, and C_l, D_l with them. For 2 ≤ l ≤ L-1, W_l maps
// S_{l-1} to S_l as w_l does, and their complements as ρ ε_l O_l: its singular
// values are those of w_l and d - s times ρ ε_l. A step costs the same for every d.
type Method int

const (
	// Auto selects the method that needs the fewest operations for all steps,
	// including setup, among those that are exact for the network.
	Auto Method = iota
	// Full propagates all samples of a batch forward and backward through all
	// layers.
	Full
	// Chain multiplies matrices with K rows instead of features. It is exact for
	// linear networks with any weights, and for every [Optimizer].
	Chain
	// Reduced trains a network of width N + K instead of d. It is exact for SGD, whose
	// steps are linear in the gradient, and linear networks whose hidden layers from the second on are square and orthogonal up
	// to a factor: those of depth 2, and untrained networks initialised by
	// [Orthogonal] or [Identity].
	Reduced
)

var methodNames = [...]string{"auto", "full", "chain", "reduced"}

// String returns the name of the method.
func (m Method) String() string { return methodNames[m] }

// MarshalText implements encoding.TextMarshaler.
func (m Method) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *Method) UnmarshalText(text []byte) error {
	i := indexOf(methodNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("unknown method %.60q; known are %q", text, methodNames)
	}
	*m = Method(i)
	return nil
}

// UnmarshalJSON reads the name, or the number that version 0 of experiments used.
func (m *Method) UnmarshalJSON(b []byte) error {
	return unmarshalEnum(b, m, len(methodNames), func(i int) { *m = Method(i) })
}

// check returns an error if the method does not exist or is not exact for networks
// of this kind.
func (m Method) check(net *Network) error {
	if m < Auto || m > Reduced {
		return fmt.Errorf("unknown Method %d; use Auto, Full, Chain or Reduced", int(m))
	}
	if m > Full && !net.IsLinear() {
		return fmt.Errorf("Method %s is for linear networks without bias, BatchNorm, ReLU or skips; use Auto", m)
	}
	return nil
}
