package pnc

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"pnclab/internal/oneline"
	"pnclab/pnc/internal/linalg"
)

// Assumptions holds the distances of the data and of a trained deep linear network
// from the assumptions of the theorem (Wang et al. 2025, Assumptions 1 and 2).
type Assumptions struct {
	// Theta is θ of the data, see [Theta]; the theorem requires at most 1/4.
	Theta float64
	// Residual is ‖W_{L:1} - Y X⁺/α‖_F, the distance from the minimum-norm solution.
	Residual float64
	// Balancedness holds ‖W_{l+1}ᵀ W_{l+1} - W_l W_lᵀ‖_F for l = 1..L-1. The last
	// one, at the classifier, may be δ; the others should vanish.
	Balancedness []float64
	// RelativeBalancedness is Balancedness divided by ‖W_l‖_F, not squared, as in
	// the paper's figure.
	RelativeBalancedness []float64
	// Delta is δ, the last entry of Balancedness.
	Delta float64
	// Eps and Rho give the interval [ε - ρ, ε] of the singular values
	// σ_{K+1}..σ_{d-K} of the hidden weights, with d the dimension of the data.
	Eps, Rho float64
	// MiddleMean and MiddleVar are the mean and the unbiased variance of those
	// singular values, which should be ε and 0. Like Eps and Rho, they are NaN if
	// there are no such values.
	MiddleMean, MiddleVar float64
	// SingularValues holds the singular values of every weight matrix, the
	// classifier last, each in descending order.
	SingularValues [][]float64
}

// CheckAssumptions measures the assumptions of the theorem on net, which must be a
// deep linear network, and data, for a loss that scales the logits by alpha. It
// panics if the network is not linear or does not fit the data.
func CheckAssumptions(net *Network, data *Dataset, alpha float64) *Assumptions {
	net.mustBeLinear("CheckAssumptions")
	net.mustFit(data)
	return checkAssumptions(net, data, alpha, func(l int) []float64 { return linalg.SingularValues(net.Layers[l].W) })
}

// checkAssumptions is CheckAssumptions with a function that returns the singular
// values of Layers[l].W.
func checkAssumptions(net *Network, data *Dataset, alpha float64, singular func(l int) []float64) *Assumptions {
	a := &Assumptions{Theta: Theta(data), Residual: MinNormResidual(net, data, alpha)}
	for l := 0; l+1 < net.Depth(); l++ {
		b := balancedness(net.Layers[l].W, net.Layers[l+1].W)
		a.Balancedness = append(a.Balancedness, b)
		a.RelativeBalancedness = append(a.RelativeBalancedness, b/mat.Norm(net.Layers[l].W, 2))
		a.Delta = b
	}
	var middle []float64
	for l := range net.Layers {
		s := singular(l)
		a.SingularValues = append(a.SingularValues, s)
		if from, to := data.K(), min(data.Dim()-data.K(), len(s)); l+1 < net.Depth() && from < to {
			middle = append(middle, s[from:to]...)
		}
	}
	a.Eps, a.Rho, a.MiddleMean, a.MiddleVar = math.NaN(), math.NaN(), math.NaN(), math.NaN()
	if len(middle) > 0 {
		lowest := middle[0]
		a.Eps = middle[0]
		for _, s := range middle {
			a.Eps, lowest = max(a.Eps, s), min(lowest, s)
		}
		a.Rho = a.Eps - lowest
		a.MiddleMean, a.MiddleVar = stat.MeanVariance(middle, nil)
	}
	return a
}

// Theta returns how far the samples are from orthonormal,
//
//	θ = N max( max_i |‖x_i‖² - 1|, max_{i≠j} |⟨x_i, x_j⟩| )
//
// (Wang et al. 2025, Assumption 1).
func Theta(data *Dataset) float64 {
	x := data.X()
	n, _ := x.Dims()
	var gram mat.SymDense
	gram.SymOuterK(1, x)
	var worst float64
	for i := range n {
		worst = max(worst, math.Abs(gram.At(i, i)-1))
		for j := range i {
			worst = max(worst, math.Abs(gram.At(i, j)))
		}
	}
	return float64(n) * worst
}

// MinNormResidual returns ‖W_{L:1} - Y X⁺/α‖_F of a deep linear network (Wang et
// al. 2025, Assumption 2 i). It panics if the network is not linear.
func MinNormResidual(net *Network, data *Dataset, alpha float64) float64 {
	net.mustBeLinear("MinNormResidual")
	last := net.Depth() - 1
	p := net.Layers[last].W
	for l := last - 1; l >= 0; l-- { // starting at the classifier, so that products have K rows
		p = linalg.Mul(false, false, p, net.Layers[l].W)
	}
	var diff mat.Dense
	diff.Sub(p, MinNormSolution(data, alpha))
	return mat.Norm(&diff, 2)
}

// balancedness returns ‖nextᵀ next - w wᵀ‖_F.
func balancedness(w, next *mat.Dense) float64 {
	a, b := linalg.Mul(true, false, next, next), linalg.Mul(false, true, w, w)
	a.Sub(a, b)
	return mat.Norm(a, 2)
}

// WriteTable writes the assumptions, one per line.
func (a *Assumptions) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "θ, distance of the data from orthonormal\t%.4g\n", a.Theta)
	fmt.Fprintf(t, "‖W_L:1 - YX⁺/α‖, distance from minimum norm\t%.4g\n", a.Residual)
	fmt.Fprintf(t, "balancedness of W_1, W_2, ...\t%.3g\n", a.Balancedness)
	fmt.Fprintf(t, "the same relative to ‖W_l‖\t%.3g\n", a.RelativeBalancedness)
	fmt.Fprintf(t, "δ, balancedness at the classifier\t%.4g\n", a.Delta)
	fmt.Fprintf(t, "ε, ρ: middle singular values in [ε-ρ, ε]\t%.6g, %.3g\n", a.Eps, a.Rho)
	fmt.Fprintf(t, "variance of the middle singular values\t%.3g\n", a.MiddleVar)
	return t.Flush()
}

// String returns the table that WriteTable writes.
func (a *Assumptions) String() string { return asString(a.WriteTable) }

// assumptionsJSON is Assumptions as JSON.
type assumptionsJSON struct {
	Theta, Residual                    jsonNumber
	Balancedness, RelativeBalancedness []jsonNumber
	Delta, Eps, Rho                    jsonNumber
	MiddleMean, MiddleVar              jsonNumber
	SingularValues                     [][]jsonNumber `json:",omitempty"`
}

// MarshalJSON writes the fields under their names, with null for NaN.
func (a Assumptions) MarshalJSON() ([]byte, error) {
	v := assumptionsJSON{
		jsonNumber(a.Theta), jsonNumber(a.Residual), jsonNumbers(a.Balancedness), jsonNumbers(a.RelativeBalancedness),
		jsonNumber(a.Delta), jsonNumber(a.Eps), jsonNumber(a.Rho), jsonNumber(a.MiddleMean), jsonNumber(a.MiddleVar), nil,
	}
	for _, s := range a.SingularValues {
		v.SingularValues = append(v.SingularValues, jsonNumbers(s))
	}
	return json.Marshal(v)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (a *Assumptions) UnmarshalJSON(b []byte) error {
	var v assumptionsJSON
	if err := json.Unmarshal(b, &v); err != nil {
		return oneline.Error(err)
	}
	*a = Assumptions{
		float64(v.Theta), float64(v.Residual), floats64(v.Balancedness), floats64(v.RelativeBalancedness),
		float64(v.Delta), float64(v.Eps), float64(v.Rho), float64(v.MiddleMean), float64(v.MiddleVar), nil,
	}
	for _, s := range v.SingularValues {
		a.SingularValues = append(a.SingularValues, floats64(s))
	}
	return nil
}
