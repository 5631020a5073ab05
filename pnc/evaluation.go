package pnc

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Evaluation is what was measured, or predicted, of the features of every layer
// of one network on one data set.
type Evaluation struct {
	// Name says what was evaluated, as a legend should put it.
	Name string
	// Accuracy is the share of samples that the classifier gets right, NaN where
	// there is none.
	Accuracy float64
	// Layers holds the layers in order, the input first.
	Layers []LayerMeasures
	// ClassNames are the labels of the classes, where they were read from a file.
	ClassNames []string
	// Weights says how classes of different size count.
	Weights Weights
	// AccuracyInterval is the 95 % interval of Accuracy, from [StoredFeatures.Bootstrap];
	// nil if it was not requested.
	AccuracyInterval *[2]float64
	// CKA and Procrustes are the similarities and distances of every layer with every
	// other, see [StoredFeatures.Similarity]; nil if they were not requested.
	CKA, Procrustes [][]float64
}

// LayerMeasures holds the quantities of the features of one layer; [Quantities]
// lists them. Those that are undefined for these features, such as D when a
// class mean is zero, and those that were not requested are NaN.
//
// # Accuracy
//
// Features count as exact as they are stored; what their own rounding did is the matter
// of Undefined and AtMost. With u = 2⁻⁵³, R the largest norm of a feature vector, S the
// largest distance of one from its class mean or between two class means, n the size of
// the largest class, m = min(n, 256) and b = ⌈n/256⌉, a class mean is off by no more than
//
//	e = u·((2b+3)R + (m+K+8)S)
//
// and everything else follows from that: the errors named below are of first order in e,
// beside the rounding of sums, relatively (9(m+d) + K(K+d) + 100)u. "Relative" and
// "absolute" say what an error is compared with. β² is tr Σ_B, σ² is tr Σ_W, δ the smallest
// distance of a class mean from the centre, Δ the smallest of two class means. In the tests,
// errors are at most a thirtieth of these bounds: those of different signs cancel.
//
// Near collapse, σ ≪ β, nothing is lost until σ comes near e, since Σ_W is summed about the
// class means. Far from the origin, R ≫ S, all but Σ_W lose as many digits as R/S has, D
// too. Multiplying features by a power of two, anywhere between 1e-300 and 1e300, changes no
// bit of sums, and NC1 by 1e-13 at most; traces beyond float64 are undefined. Singular values
// are taken of the features themselves, accurate to u(N+d)σ_1, up to 2¹⁶ numbers, and of
// their Gram matrix beyond, to 1.5e-8σ_1 each. TestQuantitiesAgainstExact and
// TestHeldOutAgainstExact compare every quantity with arithmetic of 500 bits and hold it to
// these bounds.
type LayerMeasures struct {
	// Layer is l: 0 for the input, l for the output of the l-th layer.
	Layer int
	// Name is the name of the layer in its network, or of the array in its file.
	Name string
	// N, Dim and Classes are the number of samples, of features and of classes.
	N, Dim, Classes int

	// TrSigmaW = 1/N Σ_i ‖z_i - μ_{y_i}‖² is the within-class scatter. How classes of
	// different size count is what [AsPublished] says, in all formulas here; other [Weights]
	// change it. Relative error: that of sums, and 2(b-1)uR/σ.
	TrSigmaW float64
	// TrSigmaB = 1/K Σ_k ‖μ_k - μ‖² is the between-class scatter, classes
	// unweighted and μ the mean of all samples. Relative error: 8e/β.
	TrSigmaB float64
	// TrSigmaBWeighted = Σ_k n_k/N ‖μ_k - μ‖² weights classes by their size. It
	// equals TrSigmaB for balanced classes, and is as accurate.
	TrSigmaBWeighted float64
	// C = TrSigmaW / TrSigmaB is the within-class compression (Wang et al. 2025,
	// Definition of C_l). Relative error: those of both added, 8e/β.
	C float64
	// D = 1 - max_{k≠k'} ⟨μ_k, μ_k'⟩ / (‖μ_k‖‖μ_k'‖) is the between-class
	// discrimination, of uncentred means (Wang et al. 2025, Definition of D_l). Relative
	// error: 8e/(‖μ_k‖√(2D)) with the shortest mean, without the cancellation of 1 - cos.
	D float64

	// WithinShare = tr Σ_W / tr Σ_T and BetweenShare = tr Σ_B weighted / tr Σ_T are the
	// shares of the total covariance, whose trace is TrSigmaW + TrSigmaBWeighted. Each is
	// as accurate relatively as C, however small.
	WithinShare, BetweenShare float64
	// DCentred is D of class means that are centred at their mean; it is at most
	// 1 + 1/(K-1), for a simplex. Relative error: 8e/(δ√(2D)).
	DCentred float64

	// NC1Quotient = TrSigmaW / TrSigmaBWeighted is C with classes weighted by their
	// size, which others take for NC1 since it needs no pseudo-inverse (Tirer, Huang,
	// Niles-Weed 2023). It is as accurate as C.
	NC1Quotient float64
	// Separation = tr(SS_W SS_B⁺) is the separation fuzziness of He and Su (2023), with
	// SS_W = Σ_W and SS_B = Σ_k n_k/N (μ_k - μ)(μ_k - μ)ᵀ, classes weighted by their
	// size; the law of equi-separation says that it falls by the same factor in every
	// layer. For balanced classes it is K·NC1. Pseudo-inverse and accuracy are those of
	// NC1.
	Separation float64
	// NC1 = tr(Σ_W Σ_B⁺)/K is the within-class variability collapse (Papyan, Han,
	// Donoho 2020), with Σ_B unweighted. Eigenvalues of Σ_B below 2⁻⁵²d of the largest
	// count as zero. Relative error: 8(e√K + 2(d+K)uS)/s + (2e/σ)², with s² the smallest
	// that counts.
	NC1 float64
	// NC2 = ‖ G/‖G‖_F - (I - 11ᵀ/K)/√(K-1) ‖_F, where G is the Gram matrix of the
	// centred class means, is the distance of the class means from a simplex
	// equiangular tight frame (Zhu et al. 2021, who take the classifier's Gram
	// matrix).
	// It is centred at the mean of the class means, as a simplex is, for any sizes
	// of the classes; NC2Global is centred at the mean of all samples instead. Absolute
	// error: 8e√K/β, so that a perfect simplex is one up to that.
	NC2, NC2Global float64
	// NC2Norms is the coefficient of variation of the norms ‖μ_k - μ‖ and
	// NC2Angles the mean of |cos(μ_k - μ, μ_k' - μ) + 1/(K-1)| over pairs: the two
	// parts of NC2 as Papyan et al. (2020) measure them; μ is here the mean of the class
	// means. Absolute errors: 4e(1 + NC2Norms)/‖μ_k - μ‖ with the mean length, and 4e/δ.
	NC2Norms, NC2Angles float64
	// GNC2 is the hyperspherical uniformity of class means, for K > d+1 too, where they
	// cannot be a simplex: the coefficient of variation over pairs of classes of
	// log 1/‖u_k - u_k'‖, with u_k = (μ_k - μ)/‖μ_k - μ‖ and μ the mean of the class means
	// (Wu, Papyan 2024). It is 0 for a simplex, and undefined for fewer than three
	// classes. Absolute error: 2(1 + GNC2)(8e/δ + 2du)/v² over the absolute mean of the
	// logarithms, with v the smallest ‖u_k - u_k'‖.
	GNC2 float64
	// UNC3 is the uniform duality: the coefficient of variation over classes of
	// cos(w_k, μ_k - μ), with w_k the rows of the classifier and the same μ (Wu, Papyan
	// 2024). Absolute error: 8(1 + UNC3)e/δ over the absolute mean of the cosines.
	UNC3 float64
	// NC3 = ‖ W/‖W‖_F - M/‖M‖_F ‖_F with M the K×d matrix of class means, centred at
	// their mean, is the distance of the classifier W from them (Papyan et al. 2020).
	// NC3Global centres them at the mean of all samples. They are NaN for layers that
	// are not the input of a classifier. Absolute error: 4e/β.
	NC3, NC3Global float64
	// NC3Zhu = ‖ WMᵀ/‖WMᵀ‖_F - (I - 11ᵀ/K)/√(K-1) ‖_F with the same W and M is the
	// self-duality of Zhu et al. (2021). Absolute error: 4e√K‖W‖_F/‖WMᵀ‖_F.
	NC3Zhu float64
	// NC4 is the share of samples for which the nearest class mean gives the same
	// class as the classifier or, for layers without one, as the label. It is exact but for
	// samples that are as far from two means up to 8e.
	NC4 float64
	// CDNV = mean over pairs of classes of (Var_k + Var_k') / (2‖μ_k - μ_k'‖²) is
	// the class-distance normalised variance (Galanti, György, Hutter 2022), with
	// Var_k = 1/n_k Σ ‖z_i - μ_k‖². Relative error: that of C with 4e/Δ for 8e/β.
	CDNV float64

	// Rank95 is the numerical rank: the least r such that the r largest singular
	// values sum to at least 95 % of the sum of all (features not centred, singular
	// values not squared). It is undefined for features that are all zero, and exact unless
	// a sum comes as near to 95 % as singular values are off.
	Rank95 float64
	// StableRank = Σσ_i²/σ_1², EffectiveRank = exp(-Σ p_i log p_i) with p_i = σ_i/Σσ_j
	// (Roy, Vetterli 2007), and Participation = (Σσ_i²)²/Σσ_i⁴, of the singular values σ of
	// features that are not centred. With singular values that are off by aσ_1 each, r of
	// them, StableRank is off by 3ra, the others by 42ra and 8ra relatively.
	StableRank, EffectiveRank, Participation float64
	// PowerLaw is α in σ_i² ∝ i^-α: minus the slope of the least-squares line through
	// log σ_i² over log i for i from 11 to 500 (the range of Stringer et al. 2019, whose
	// features are centred), or to the last one above 10⁻⁷σ_1, where the accuracy of Gram
	// matrices ends. Fewer than ten of them make it undefined. With singular values off by
	// aσ_1, the logarithm of the smallest one that counts is off by 2aσ_1/σ_i, and α by some
	// of that.
	PowerLaw float64
	// SingularValues are those of the N×d matrix of features, in descending order;
	// nil, and Rank95 NaN, if they were not requested or the layer is too wide, see
	// [Spectrum].
	SingularValues []float64

	// NCCTest, KNNTest and ProbeTest are accuracies on held-out features, see
	// [StoredFeatures.HeldOut]: of the nearest class mean, of the five nearest neighbours
	// by Euclidean distance, and of the linear probe with bias that has the least squared
	// error (one-hot targets, ridge of 10⁻⁶ of the mean variance of a feature), all
	// fitted to the features that are measured. They are exact but for samples between two
	// classes: as far from two means, or neighbours, up to 8e, or, since the ridge is what
	// directions of less variance are divided by, with scores as large up to 4·10⁶d·e/s, s²
	// being the mean variance of a feature.
	NCCTest, KNNTest, ProbeTest float64

	// NC5 = mean over classes of |cos(μ_k, μ')|, with μ' the mean of samples of another kind
	// and neither centred, is small where these are orthogonal to the classes (Ammar et
	// al. 2024), see [StoredFeatures.OutOfDistribution]. Absolute error: 4e over the shortest
	// mean.
	NC5 float64

	// Residual = min Σ_i ‖y_i - Az_i - b‖² / Σ_i ‖y_i - ȳ‖² is the share of the variance of
	// one-hot labels y that a linear fit leaves, 1 - R², the normalised mean squared error of
	// the probe. ResidualNumber is the same with the numbers of the classes for y, as He and
	// Su (2024) have it for the numbers of tokens, whose law of next-token prediction says
	// that it falls by the same factor in every layer; it depends on how classes are
	// numbered, and is undefined for labels that are text. The fit has a ridge of 10⁻¹⁰ of
	// the mean variance s² of a feature, and what it leaves is summed sample by sample. It is
	// undefined for no more samples than features. Absolute error: at most 8e/s times
	// d·s²‖A‖²/(1 - Σ_k (n_k/N)²), which is of order d, where features vary by less than the
	// ridge in some direction, and (u‖z‖‖A‖)² near zero where they do not. See [Residual].
	Residual, ResidualNumber float64

	// Classwise holds the measures of every class; nil if they were not requested, see
	// [PerClass].
	Classwise []ClassMeasures

	// Intervals holds 95 % intervals of quantities by their names, from
	// [StoredFeatures.Bootstrap]; nil if they were not requested.
	Intervals map[string][2]float64

	// Undefined says why requested quantities are NaN, by their names: that class means
	// coincide up to rounding, for example. Lengths and distances of means count as zero
	// up to what the rounding of the features as stored, and the arithmetic here, can have
	// done to them: for features that hardly vary within a class up to 2uR each, where u is
	// the unit roundoff of the format (2⁻⁵³ for float64) and R² the mean square norm of the
	// features, and less where they vary by more than the spacing of numbers, since
	// rounding errors then average out: see the comment of the type rounding.
	Undefined map[string]string

	// AtMost says why quantities, by their names, are upper bounds only: C, NC1, CDNV and
	// others of features that differ within classes by no more than rounding, uR at the
	// root of the mean square, where the value is that of rounding and the true one may be
	// anything below.
	AtMost map[string]string
}

// ClassMeasures are those of the features of one class.
type ClassMeasures struct {
	// N is the number of its samples.
	N int
	// C = (1/n_k Σ ‖z_i - μ_k‖²)/tr Σ_B, so that the C of the layer is their mean with
	// weights n_k/N.
	C float64
	// Cosines are those of its mean with the means of all classes, not centred.
	Cosines []float64
}

// C returns C_l of every layer.
func (e *Evaluation) C() []float64 {
	return e.Series(func(m LayerMeasures) float64 { return m.C })
}

// D returns D_l of every layer.
func (e *Evaluation) D() []float64 {
	return e.Series(func(m LayerMeasures) float64 { return m.D })
}

// CRatios returns C_{l+1}/C_l, the factor of every layer but the last measured.
func (e *Evaluation) CRatios() []float64 { return Ratios(e.C()) }

// Series returns one measure of every layer.
func (e *Evaluation) Series(measure func(LayerMeasures) float64) []float64 {
	s := make([]float64, len(e.Layers))
	for i, m := range e.Layers {
		s[i] = measure(m)
	}
	return s
}

// WriteTable writes a table with one line per layer and one column for each of the
// quantities, all of them if none are given, and below it why quantities are undefined or
// upper bounds.
func (e *Evaluation) WriteTable(w io.Writer, qs ...Quantity) error {
	return WriteTable(w, []*Evaluation{e}, qs...)
}

// WriteTable writes several evaluations as one table, with their names in a column of
// its own if they are more than one.
func WriteTable(w io.Writer, evs []*Evaluation, qs ...Quantity) error {
	if len(qs) == 0 {
		qs = quantities
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	if len(evs) > 1 {
		fmt.Fprint(t, "file\t")
	}
	fmt.Fprint(t, "layer\tname\td\t")
	for _, q := range qs {
		fmt.Fprint(t, q.Label, "\t")
	}
	fmt.Fprintln(t)
	for _, e := range evs {
		for _, m := range e.Layers {
			if len(evs) > 1 {
				fmt.Fprint(t, e.Name, "\t")
			}
			fmt.Fprintf(t, "%d\t%s\t%d\t", m.Layer, m.Name, m.Dim)
			for _, q := range qs {
				fmt.Fprint(t, number(q.Of(m)))
				if i, ok := m.Intervals[q.Name]; ok {
					fmt.Fprintf(t, " [%s, %s]", number(i[0]), number(i[1]))
				}
				fmt.Fprint(t, "\t")
			}
			fmt.Fprintln(t)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, e := range evs {
		for _, part := range []struct {
			mark  string
			lines []string
		}{{"-", e.WhyUndefined(qs...)}, {"≤", e.WhyAtMost(qs...)}} {
			for _, line := range part.lines {
				if len(evs) > 1 {
					line = e.Name + ": " + line
				}
				if _, err := fmt.Fprintln(w, part.mark+": "+line); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// WhyUndefined returns a line for every reason why some of the quantities, all if none
// are given, are undefined: their labels, the reason, and the layers that it holds for.
func (e *Evaluation) WhyUndefined(qs ...Quantity) (lines []string) {
	return e.reasons(func(m LayerMeasures) map[string]string { return m.Undefined }, qs)
}

// WhyAtMost is [Evaluation.WhyUndefined] for quantities that are upper bounds.
func (e *Evaluation) WhyAtMost(qs ...Quantity) (lines []string) {
	return e.reasons(func(m LayerMeasures) map[string]string { return m.AtMost }, qs)
}

// reasons returns a line for every reason that of gives for some of the quantities, all
// if none are given.
func (e *Evaluation) reasons(of func(LayerMeasures) map[string]string, qs []Quantity) (lines []string) {
	if len(qs) == 0 {
		qs = quantities
	}
	type reason struct {
		why           string
		layers, names []string
	}
	var reasons []reason
	for _, m := range e.Layers {
		for _, q := range qs {
			why, ok := of(m)[q.Name]
			if !ok {
				continue
			}
			i := slices.IndexFunc(reasons, func(r reason) bool { return r.why == why })
			if i < 0 {
				i = len(reasons)
				reasons = append(reasons, reason{why: why})
			}
			r := &reasons[i]
			if !slices.Contains(r.layers, m.Name) {
				r.layers = append(r.layers, m.Name)
			}
			if !slices.Contains(r.names, q.Label) {
				r.names = append(r.names, q.Label)
			}
		}
	}
	for _, r := range reasons {
		lines = append(lines, fmt.Sprintf("%s: %s (%s)", strings.Join(r.names, ", "), r.why, strings.Join(r.layers, ", ")))
	}
	return lines
}

// WriteCSV writes the layers as comma-separated values with a header: layer, name,
// n, d, K and the quantities, all of them if none are given. Numbers have as many
// digits as it takes to read the same value back; a field is empty where a quantity
// is undefined. Intervals, if there are any, follow their quantity as _low and _high.
func (e *Evaluation) WriteCSV(w io.Writer, qs ...Quantity) error {
	return WriteCSV(w, []*Evaluation{e}, qs...)
}

// WriteCSV writes several evaluations as one table, with their names in a first column
// "file" if they are more than one.
func WriteCSV(w io.Writer, evs []*Evaluation, qs ...Quantity) error {
	if len(qs) == 0 {
		qs = quantities
	}
	c := csv.NewWriter(w)
	header := []string{"layer", "name", "n", "d", "K"}
	if len(evs) > 1 {
		header = append([]string{"file"}, header...)
	}
	intervals := func(q Quantity) bool {
		return slices.ContainsFunc(evs, func(e *Evaluation) bool {
			return slices.ContainsFunc(e.Layers, func(m LayerMeasures) bool { _, ok := m.Intervals[q.Name]; return ok })
		})
	}
	for _, q := range qs {
		header = append(header, q.Name)
		if intervals(q) {
			header = append(header, q.Name+"_low", q.Name+"_high")
		}
	}
	c.Write(header) // errors come from Flush
	for _, e := range evs {
		for _, m := range e.Layers {
			row := []string{strconv.Itoa(m.Layer), m.Name, strconv.Itoa(m.N), strconv.Itoa(m.Dim), strconv.Itoa(m.Classes)}
			if len(evs) > 1 {
				row = append([]string{e.Name}, row...)
			}
			for _, q := range qs {
				text := ""
				if v := q.Of(m); !math.IsNaN(v) {
					text = strconv.FormatFloat(v, 'g', -1, 64)
				}
				row = append(row, text)
				if i, ok := m.Intervals[q.Name]; ok {
					row = append(row, strconv.FormatFloat(i[0], 'g', -1, 64), strconv.FormatFloat(i[1], 'g', -1, 64))
				} else if intervals(q) {
					row = append(row, "", "")
				}
			}
			c.Write(row)
		}
	}
	c.Flush()
	return c.Error()
}

// String returns the table WriteTable writes.
func (e *Evaluation) String() string {
	return asString(func(w io.Writer) error { return e.WriteTable(w) })
}

// String gives C, D and the scatter on one line.
func (m LayerMeasures) String() string {
	return fmt.Sprintf("%s: C = %s, D = %s, tr Σ_W = %s, tr Σ_B = %s", m.Name, number(m.C), number(m.D), number(m.TrSigmaW), number(m.TrSigmaB))
}

// number formats a quantity with four digits; one that is undefined is a dash.
func number(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.4g", v)
}
