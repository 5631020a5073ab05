package pnc

import (
	"fmt"

	"gonum.org/v1/gonum/floats"
)

// Weights says how classes count where they have different numbers n_k of samples, which
// the literature does in two ways and the paper in a third one. For balanced classes all
// are the same.
type Weights string

const (
	// AsPublished has what the paper and Papyan et al. (2020) have: Σ_W is the mean over
	// samples, Σ_B that over classes, about the mean of all samples; NC2 and NC3 are
	// centred at the mean of class means.
	AsPublished Weights = ""
	// BySamples weights every class by n_k: Σ_B = Σ_k n_k/N (μ_k - μ)(μ_k - μ)ᵀ, so that
	// Σ_W + Σ_B is the covariance of all samples (Fisher; He and Su 2023), and the centre
	// is the mean of all samples throughout, in NC2 and NC3 as well.
	BySamples Weights = "samples"
	// ByClasses counts every class the same, however many samples it has: Σ_W is the mean
	// over classes of their covariances, Σ_B that of (μ_k - μ)(μ_k - μ)ᵀ with μ the mean of
	// class means, and accuracies and NC4 are means over classes (balanced accuracy).
	ByClasses Weights = "classes"
)

// MarshalText returns paper, samples or classes.
func (w Weights) MarshalText() ([]byte, error) {
	if w == AsPublished {
		return []byte("paper"), nil
	}
	return []byte(w), nil
}

// UnmarshalText reads what MarshalText writes. "" means paper.
func (w *Weights) UnmarshalText(text []byte) error {
	switch name := string(text); name {
	case "", "paper":
		*w = AsPublished
	case string(BySamples), string(ByClasses):
		*w = Weights(name)
	default:
		return fmt.Errorf("no weights %.60q; choose paper, samples or classes", name)
	}
	return nil
}

// String says how classes count, for tables.
func (w Weights) String() string {
	switch w {
	case BySamples:
		return "by samples: Σ_B weighted by size, all centres at the mean of all samples"
	case ByClasses:
		return "the same: Σ_W, Σ_B, centres and accuracies are means over classes"
	}
	return "as in the paper: Σ_W by samples, Σ_B unweighted"
}

// share returns the share of right samples of all classes, which have the given sizes.
// Classes without samples do not count.
func (w Weights) share(right, sizes []float64) float64 {
	if w != ByClasses {
		return floats.Sum(right) / floats.Sum(sizes)
	}
	var sum, classes float64
	for k, n := range sizes {
		if n > 0 {
			sum += right[k] / n
			classes++
		}
	}
	return sum / classes
}
