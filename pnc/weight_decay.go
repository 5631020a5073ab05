package pnc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/elementary"
)

// Objective returns what gradient descent with weight decay minimises, the loss of the
// network on the data plus λ/2 times the sum of the squares of all parameters. [Result]
// and [History] hold the loss alone. BatchNorm is in evaluation mode. AdamW, which shrinks
// the parameters by a step of its own, minimises something else. It panics if the network
// does not fit the data.
func Objective(net *Network, data *Dataset, settings *Settings) float64 {
	net.mustFit(data)
	s := settings.withDefaults(data.Len())
	logits := net.Forward(data, net.Depth())[0]
	logits.Scale(s.Alpha, logits)
	return meanLoss(s.Loss, logits, data.Labels) + s.WeightDecay/2*net.squaredParameters()
}

// squaredParameters returns the sum of the squares of all parameters.
func (n *Network) squaredParameters() float64 {
	var sum float64
	for i := range n.Layers {
		l := &n.Layers[i]
		sum += squaredNorm(l.W) + floats.Dot(l.Bias, l.Bias)
		if l.Norm != nil {
			sum += floats.Dot(l.Norm.Gamma, l.Norm.Gamma) + floats.Dot(l.Norm.Beta, l.Norm.Beta)
		}
	}
	return sum
}

// meanLoss returns the mean loss of N×K logits.
func meanLoss(loss Loss, logits *mat.Dense, labels []int) float64 {
	var sum float64
	n, k := logits.Dims()
	row := make([]float64, k)
	for i, y := range labels {
		copy(row, logits.RawRowView(i))
		switch loss {
		case CrossEntropy:
			largest := floats.Max(row)
			var all float64
			for _, v := range row {
				all += elementary.Exp(v - largest)
			}
			sum += elementary.Log(all) - (row[y] - largest)
		default:
			row[y]--
			sum += floats.Dot(row, row)
		}
	}
	return sum / float64(n)
}

// ShrunkenScale returns what weight decay λ leaves of labels that could be fitted exactly,
// with the squared error: a network of depth L whose output is s times the one-hot labels,
// at the [RepresentationCost] κ s^{2/L}, settles at the local minimum s of
//
//	E(s) = (s-1)² + (λLκ/2) s^{2/L}
//
// with s > 0, and has the [Objective] E(s). It returns 0 and E(0) = 1 where there is none.
//
// With identity inputs a deep linear network has κ = K if its features collapse, and then
// the singular values are separate problems of this form, each with one K-th of it: the
// loss is Σ(s_i-1)²/K once the singular vectors are aligned, the penalty Σ(λL/2)s_i^{2/L}
// by [SchattenCost]. So all K of them have the same best value, and the squared error keeps
// rank K under any weight decay that leaves anything; to what is above zero, low rank is no
// advantage. Cross-entropy is different, see [MarginCost].
//
// # Where it ends
//
// For L = 2 the singular values are soft-thresholded, s = 1 - λκ/2. For L ≥ 3 the slope of
// the penalty at 0 is infinite, zero is always a local minimum, and s jumps:
// [DecayThresholds] has both values of λ. The equation 2(1-s) = λκ s^{2/L-1} is solved by
// bisection to the last bit or two. ShrunkenScale panics if the depth is less than 2.
func ShrunkenScale(cost float64, depth int, decay float64) (scale, objective float64) {
	if depth < 2 {
		panic(fmt.Sprintf("pnc: ShrunkenScale: depth %d; at least 2 is needed", depth))
	}
	_, local := DecayThresholds(cost, depth)
	if decay >= local {
		return 0, 1
	}
	p := 2 / float64(depth)
	// 2(1-s)s^{1-p} is greatest at the turn and falls to 0 at s = 1.
	low, high := (1-p)/(2-p), 1.0
	for range 100 {
		s := (low + high) / 2
		if 2*(1-s)*elementary.Pow(s, 1-p) > decay*cost {
			low = s
		} else {
			high = s
		}
	}
	s := (low + high) / 2
	return s, (s-1)*(s-1) + decay*float64(depth)*cost/2*elementary.Pow(s, p)
}

// DecayThresholds returns the weight decay λ up to which the minimum that [ShrunkenScale]
// describes is below that at zero, and that up to which it exists. Training that starts
// near it stays until the second. With p = 2/L, at the first E(s) = E(0) and E′(s) = 0 for
//
//	s = (2-2p)/(2-p) = (L-2)/(L-1),  λ = 2/(κ(L-1)) · ((L-2)/(L-1))^{(L-2)/L},
//
// and at the second E′(s) = E″(s) = 0 for
//
//	s = (1-p)/(2-p) = (L-2)/(2(L-1)),  λ = L/(κ(L-1)) · ((L-2)/(2(L-1)))^{(L-2)/L}.
//
// Both are 2/κ for L = 2. It panics if the depth is less than 2.
func DecayThresholds(cost float64, depth int) (global, local float64) {
	if depth < 2 {
		panic(fmt.Sprintf("pnc: DecayThresholds: depth %d; at least 2 is needed", depth))
	}
	l := float64(depth)
	jump := (l - 2) / (l - 1)
	global = 2 / (cost * (l - 1)) * elementary.Pow(jump, (l-2)/l)
	local = l / (cost * (l - 1)) * elementary.Pow(jump/2, (l-2)/l)
	return global, local
}

// BestScale returns the factor s ≥ 0 that is best for the given logits, of one sample per
// class in the order of the classes, with weight decay λ, and its [Objective]: the minimum of
//
//	loss(s Z) + (λL/2) κ s^{2/L}
//
// where κ is what a network of depth L pays for Z: [SchattenCost] for a linear one. It is
// found on a logarithmic grid of factors from 1e-4 to 1e4 of those that make the largest
// logit 1, then by golden section; s is accurate to 1e-7, the objective to rounding. It
// panics if the logits are not a square matrix or all zero.
func BestScale(logits *mat.Dense, cost float64, depth int, loss Loss, decay float64) (scale, objective float64) {
	k, cols := logits.Dims()
	largest := max(mat.Max(logits), -mat.Min(logits))
	if k != cols || !(largest > 0) {
		panic(fmt.Sprintf("pnc: BestScale: %d×%d logits, the largest %g; they must be square and not all zero", k, cols, largest))
	}
	labels := blockLabels(k, 1)
	at := func(s float64) float64 {
		var scaled mat.Dense
		scaled.Scale(s, logits)
		return meanLoss(loss, &scaled, labels) + decay*float64(depth)/2*cost*elementary.Pow(s, 2/float64(depth))
	}
	objective = meanLoss(loss, mat.NewDense(k, k, nil), labels)
	const points = 800
	step := math.Log(1e8) / points
	best := -1
	for i := range points + 1 {
		if e := at(1e-4 / largest * elementary.Exp(float64(i)*step)); e < objective {
			best, objective = i, e
		}
	}
	if best < 0 {
		return 0, objective
	}
	from := math.Log(1e-4/largest) + float64(best)*step
	return goldenSection(at, from-step, from+step)
}

// goldenSection returns the exponential of the minimum of f(exp x) between two numbers, and f there.
func goldenSection(f func(float64) float64, low, high float64) (x, value float64) {
	ratio := (math.Sqrt(5) - 1) / 2
	a, b := high-ratio*(high-low), low+ratio*(high-low)
	fa, fb := f(elementary.Exp(a)), f(elementary.Exp(b))
	for range 60 {
		if fa < fb {
			high, b, fb = b, a, fa
			a = high - ratio*(high-low)
			fa = f(elementary.Exp(a))
		} else {
			low, a, fa = a, b, fb
			b = low + ratio*(high-low)
			fb = f(elementary.Exp(b))
		}
	}
	x = elementary.Exp((low + high) / 2)
	return x, f(x)
}
