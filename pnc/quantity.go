package pnc

import (
	"fmt"
	"math"
	"strings"
)

// Measures selects groups of quantities, which differ in cost.
type Measures uint

const (
	// Scatter: TrSigmaW, TrSigmaB, C, D, CDNV and the NC2 family, which follow from
	// class means and sums of squares: one pass over the samples.
	Scatter Measures = 1 << iota
	// Collapse: NC1, NC3 and NC4, which take a second pass. Includes Scatter.
	Collapse
	// Spectrum: singular values and rank, which take a d×d matrix per layer and
	// O(N d² + d³) operations, as much as a forward pass and some seconds for images
	// of 3×32×32. Layers of more than 4096 features, such as convolutions make, are
	// left out unless there are at most 4096 samples and 2²⁴ features in all.
	Spectrum

	// PerClass: the measures of every class, among them the K×K cosines of their means.
	PerClass
	// HeldOut: what takes other features, which only [StoredFeatures.HeldOut] and
	// [StoredFeatures.OutOfDistribution] measure.
	HeldOut
	// Residual: what a linear fit leaves of the labels, which takes two more passes, a
	// d×d matrix per layer and O(N d² + d³) operations. Layers of more than 4096 features
	// are left out.
	Residual

	// Everything is what the zero value means. PerClass, HeldOut and Residual are not part
	// of it.
	Everything = Scatter | Collapse | Spectrum
)

var measureNames = []string{"scatter", "collapse", "spectrum", "classes", "heldout", "residual"}

// String names the groups, joined by +; that of 0 is everything.
func (m Measures) String() string {
	if m == 0 || m == Everything {
		return "everything"
	}
	var names []string
	for i, name := range measureNames {
		if m&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, "+")
}

// MarshalText returns the names that String gives.
func (m Measures) MarshalText() ([]byte, error) {
	if m&^(Everything|PerClass|HeldOut|Residual) != 0 {
		return nil, fmt.Errorf("unknown Measures %d", m)
	}
	return []byte(m.String()), nil
}

// UnmarshalText reads what MarshalText writes. "" means everything.
func (m *Measures) UnmarshalText(text []byte) error {
	if s := string(text); s == "" || s == "everything" {
		*m = 0
		return nil
	}
	var out Measures
	for name := range strings.SplitSeq(string(text), "+") {
		i := indexOf(measureNames, name)
		if i < 0 {
			return fmt.Errorf("unknown measures %.60q; known are everything, %s, joined by +", name, strings.Join(measureNames, ", "))
		}
		out |= 1 << i
	}
	*m = out
	return nil
}

// UnmarshalJSON reads the text, or the number that version 0 of experiments had.
func (m *Measures) UnmarshalJSON(b []byte) error {
	return unmarshalEnum(b, m, 1<<len(measureNames), func(i int) { *m = Measures(i) })
}

// Quantity is one quantity that is measured of the features of a layer: an entry of
// the table from which JSON, CSV, tables and figures follow. Its definition, and how
// accurate it is near collapse, far from the origin and at extreme scales, is in the
// documentation of its field of [LayerMeasures].
type Quantity struct {
	// Name is the name in JSON and CSV and on the command line, without spaces.
	Name string
	// Label is what tables call it, in the notation of this package.
	Label string
	// Symbol is what axes call it, as MathText: formulas between dollars.
	Symbol string
	// Title says what it is in a few words.
	Title string
	// Log says that a logarithmic axis suits it: it is positive and falls by factors.
	Log bool
	// Group is the group of measures that it is taken with.
	Group Measures
	// Source names the definition: paper and place.
	Source string

	// Variant says that it is another convention of a quantity before it in the table
	// or a detail: tables of the command line leave it out unless it is requested.
	Variant bool

	field func(*LayerMeasures) *float64
}

// Of returns the quantity of a layer, NaN where it is undefined or was not
// measured.
func (q Quantity) Of(m LayerMeasures) float64 { return *q.field(&m) }

// quantities is the table. A new quantity is an entry here, a field with its
// formula in LayerMeasures, and the code that computes it.
var quantities = []Quantity{
	{"C", "C", `$C_\ell$`, "within-class compression", true, Scatter, "Wang et al. 2025, Definition of C_l", false,
		func(m *LayerMeasures) *float64 { return &m.C }},
	{"D", "D", `$D_\ell$`, "between-class discrimination", false, Scatter, "Wang et al. 2025, Definition of D_l", false,
		func(m *LayerMeasures) *float64 { return &m.D }},
	{"NC1", "NC1", `NC1`, "within-class variability collapse", true, Collapse, "Papyan, Han, Donoho 2020", false,
		func(m *LayerMeasures) *float64 { return &m.NC1 }},
	{"NC2", "NC2", `NC2`, "distance of class means from a simplex", false, Scatter, "Zhu et al. 2021, with class means in place of the classifier", false,
		func(m *LayerMeasures) *float64 { return &m.NC2 }},
	{"NC2norms", "NC2 norms", `NC2, norms`, "variation of the norms of class means", false, Scatter, "Papyan, Han, Donoho 2020", false,
		func(m *LayerMeasures) *float64 { return &m.NC2Norms }},
	{"NC2angles", "NC2 angles", `NC2, angles`, "deviation of the angles of class means", false, Scatter, "Papyan, Han, Donoho 2020", false,
		func(m *LayerMeasures) *float64 { return &m.NC2Angles }},
	{"NC3", "NC3", `NC3`, "distance of classifier and class means", false, Collapse, "Papyan, Han, Donoho 2020", false,
		func(m *LayerMeasures) *float64 { return &m.NC3 }},
	{"NC2global", "NC2 global", `NC2, centred at $\mu$`, "distance of class means from a simplex, centred at the mean of all samples", false, Scatter, "as NC2", true,
		func(m *LayerMeasures) *float64 { return &m.NC2Global }},
	{"NC3global", "NC3 global", `NC3, centred at $\mu$`, "distance of classifier and class means, centred at the mean of all samples", false, Collapse, "Papyan, Han, Donoho 2020", true,
		func(m *LayerMeasures) *float64 { return &m.NC3Global }},
	{"NC3Zhu", "NC3 Zhu", `NC3, Zhu`, "distance of classifier times class means from a simplex", false, Collapse, "Zhu et al. 2021", true,
		func(m *LayerMeasures) *float64 { return &m.NC3Zhu }},
	{"NC4", "NC4", `NC4`, "agreement with the nearest class mean", false, Collapse, "Papyan, Han, Donoho 2020", false,
		func(m *LayerMeasures) *float64 { return &m.NC4 }},
	{"CDNV", "CDNV", `CDNV`, "class-distance normalised variance", true, Scatter, "Galanti, György, Hutter 2022", false,
		func(m *LayerMeasures) *float64 { return &m.CDNV }},
	{"rank95", "rank95", `numerical rank`, "numerical rank at 95 %", false, Spectrum, "Wang et al. 2025, figure on rank and accuracy", false,
		func(m *LayerMeasures) *float64 { return &m.Rank95 }},
	{"trSigmaW", "tr Σ_W", `tr $\Sigma_W$`, "within-class scatter", true, Scatter, "Wang et al. 2025", false,
		func(m *LayerMeasures) *float64 { return &m.TrSigmaW }},
	{"trSigmaB", "tr Σ_B", `tr $\Sigma_B$`, "between-class scatter", true, Scatter, "Wang et al. 2025", false,
		func(m *LayerMeasures) *float64 { return &m.TrSigmaB }},
	{"trSigmaBWeighted", "tr Σ_B weighted", `tr $\Sigma_B$, weighted`, "between-class scatter, classes weighted by size", true, Scatter, "Papyan, Han, Donoho 2020", false,
		func(m *LayerMeasures) *float64 { return &m.TrSigmaBWeighted }},
	{"NC1quotient", "NC1 quotient", `NC1, quotient`, "within over between-class scatter, weighted", true, Scatter, "Tirer, Huang, Niles-Weed 2023", true,
		func(m *LayerMeasures) *float64 { return &m.NC1Quotient }},
	{"separation", "separation", `separation fuzziness`, "separation fuzziness of the law of equi-separation", true, Collapse, "He, Su 2023", true,
		func(m *LayerMeasures) *float64 { return &m.Separation }},
	{"withinShare", "Σ_W/Σ_T", `tr $\Sigma_W$ / tr $\Sigma_T$`, "share of scatter within classes", false, Scatter, "Fisher 1936", true,
		func(m *LayerMeasures) *float64 { return &m.WithinShare }},
	{"betweenShare", "Σ_B/Σ_T", `tr $\Sigma_B$ / tr $\Sigma_T$`, "share of scatter between classes", false, Scatter, "Fisher 1936", true,
		func(m *LayerMeasures) *float64 { return &m.BetweenShare }},
	{"Dcentred", "D centred", `$D_\ell$, centred`, "discrimination of centred class means", false, Scatter, "as D", true,
		func(m *LayerMeasures) *float64 { return &m.DCentred }},
	{"GNC2", "GNC2", `GNC2`, "hyperspherical uniformity of class means", false, Scatter, "Wu, Papyan 2024", true,
		func(m *LayerMeasures) *float64 { return &m.GNC2 }},
	{"UNC3", "UNC3", `UNC3`, "uniformity of the alignment of classifier and class means", false, Collapse, "Wu, Papyan 2024", true,
		func(m *LayerMeasures) *float64 { return &m.UNC3 }},
	{"stableRank", "stable rank", `stable rank`, "stable rank", false, Spectrum, "Rudelson, Vershynin 2007", true,
		func(m *LayerMeasures) *float64 { return &m.StableRank }},
	{"effectiveRank", "effective rank", `effective rank`, "effective rank", false, Spectrum, "Roy, Vetterli 2007", true,
		func(m *LayerMeasures) *float64 { return &m.EffectiveRank }},
	{"participation", "participation", `participation ratio`, "participation ratio", false, Spectrum, "Gao et al. 2017", true,
		func(m *LayerMeasures) *float64 { return &m.Participation }},
	{"powerLaw", "power law", `$\alpha$`, "exponent of the spectrum's power law", false, Spectrum, "Stringer et al. 2019", true,
		func(m *LayerMeasures) *float64 { return &m.PowerLaw }},
	{"NCCtest", "NCC test", `nearest class mean, held out`, "accuracy of the nearest class mean on held-out features", false, HeldOut, "Galanti, György, Hutter 2022", true,
		func(m *LayerMeasures) *float64 { return &m.NCCTest }},
	{"kNNtest", "kNN test", `five neighbours, held out`, "accuracy of the five nearest neighbours on held-out features", false, HeldOut, "Cover, Hart 1967", true,
		func(m *LayerMeasures) *float64 { return &m.KNNTest }},
	{"probeTest", "probe test", `linear probe, held out`, "accuracy of an exact linear probe on held-out features", false, HeldOut, "Alain, Bengio 2016", true,
		func(m *LayerMeasures) *float64 { return &m.ProbeTest }},
	{"NC5", "NC5", `NC5`, "cosine of class means with the mean of other samples", false, HeldOut, "Ammar et al. 2024", true,
		func(m *LayerMeasures) *float64 { return &m.NC5 }},
	{"residual", "residual", `probe residual`, "what a linear fit leaves of the variance of one-hot labels", true, Residual, "He, Su 2024, with one-hot labels", true,
		func(m *LayerMeasures) *float64 { return &m.Residual }},
	{"residualNumber", "residual (number)", `probe residual, numbers`, "what a linear fit leaves of the variance of the labels as numbers", true, Residual, "He, Su 2024", true,
		func(m *LayerMeasures) *float64 { return &m.ResidualNumber }},
}

// Quantities returns all quantities, in the order of tables.
func Quantities() []Quantity { return append([]Quantity(nil), quantities...) }

// QuantityNamed returns the quantity with the given name, in any case. The error
// lists the names there are.
func QuantityNamed(name string) (Quantity, error) {
	var names []string
	for _, q := range quantities {
		if strings.EqualFold(q.Name, name) {
			return q, nil
		}
		names = append(names, q.Name)
	}
	return Quantity{}, fmt.Errorf("no quantity %.60q; choose from %s", name, strings.Join(names, ", "))
}

// unmeasured sets all quantities to NaN.
func (m *LayerMeasures) unmeasured() {
	for _, q := range quantities {
		*q.field(m) = math.NaN()
	}
}
