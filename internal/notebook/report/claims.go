package report

import (
	"fmt"
	"html/template"
	"math"
	"regexp"
	"slices"
	"strings"

	"pnclab/internal/notebook"
	"pnclab/pnc"
)

// claim is a statement of the paper with the rows of the tables of verdicts that test
// it.
type claim struct {
	statement string // in words of our own, Markdown
	place     string // in the paper
	notebook  string // the number of the notebook that tests it
	rows      string // matches the quantities of the rows that the finding rests on
	shown     string // matches the quantity whose numbers are shown
	figure    int    // of the page, from 1; 0 means the one that tells its story
	condition string // without which it does not hold, as the notebook shows
	scale     string // why rows without a claim are all there is with the preset quick
	settings  string // the same, of rows that were measured with the settings of the paper
}

// claims lists what the paper states, in its order. That all expressions match rows is
// checked where all notebooks run.
var claims = []claim{
	{
		statement: "After training, a deep linear network is nearly of minimum norm, its layers are nearly balanced, and the middle singular values of every layer are equal",
		place:     "assumptions, figure on them", notebook: "03",
		rows: `^residual,|^balancedness,|^variance of the middle`, shown: `^balancedness, L = 4, w = 400`,
	},
	{
		statement: "Each layer of a deep linear network compresses features within classes by the same factor: $C_\\ell$ falls geometrically",
		place:     "theorem (i), figure on a six-layer linear network", notebook: "01",
		rows: `^C_\d/C_\d at|^R² of log C at`, shown: `^C_2/C_1 at ξ = 0\.3, against the authors' run`,
	},
	{
		statement: "The factor is of the order of $\\varepsilon^2/n^{1/L}$",
		place:     "theorem (i)", notebook: "04", figure: 2,
		rows: `^exponent of`, shown: `^exponent of n at L = 3`,
	},
	{
		statement: "From layer to layer class means are separated at least at a linear rate: $D_\\ell$ rises along a line",
		place:     "theorem (ii), figure on a six-layer linear network", notebook: "01", figure: 6,
		rows: `^least slope of D`, shown: `^least slope of D`,
		condition: "only if some class means have a clearly positive cosine; on the paper's own data $D$ falls for some seeds",
	},
	{
		statement: "Nonlinear networks follow the same pattern: $C_\\ell$ falls roughly geometrically, $D_\\ell$ rises roughly linearly",
		place:     "figure on a ten-layer nonlinear network", notebook: "02",
		rows: `^R² of log C$|^factor of C in each layer|^R² of D over hidden|^growth of D`, shown: `^R² of log C$`,
	},
	{
		statement: "Over the layers of perceptron and hybrid the numerical rank first rises and then falls",
		place:     "figure on numerical rank", notebook: "05",
		rows: `: layer with the highest rank|: rank of layer 7 over`, shown: `^mlp: rank of layer 7 over`,
	},
	{
		statement: "The ranks of the paper's hybrid, layer by layer",
		place:     "figure on numerical rank", notebook: "05", figure: 3,
		rows: `^paper's size, hybrid, rank of layer \d$`, shown: `^paper's size, hybrid, rank of layer 7$`,
		condition: "at the paper's size, on images that had been stored as JPEG; the run took hours, and the notebook shows what is stored of it",
	},
	{
		statement: "The ranks of the paper's perceptron, and the layer of the peak",
		place:     "figure on numerical rank", notebook: "05", figure: 4,
		rows: `^paper's size, mlp, rank of layer \d$`, shown: `^paper's size, mlp, rank of layer 7$`,
		settings: "they fall less than the paper's, and like the paper's at a larger learning rate than it states",
	},
	{
		statement: "The accuracy of a linear probe rises over the first layers and then saturates at 1",
		place:     "figure on training accuracy", notebook: "05",
		rows: `: accuracy of the last probe`, shown: `^mlp: accuracy of the last probe$`,
	},
	{
		statement: "In both networks $C_\\ell$ falls roughly geometrically and $D_\\ell$ rises over the hidden layers",
		place:     "figure on perceptron and hybrid", notebook: "06",
		rows: `: R² of log C over hidden|: factor of C|: C of the last hidden|: growth of D`, shown: `^mlp: R² of log C over hidden`,
		condition: "in the last linear layers of the hybrid the decay levels off, where the rank has come down to the number of classes",
	},
	{
		statement: "Maps of the features show classes mixed in the first layers and separate islands in later ones",
		place:     "figure on feature maps", notebook: "07",
		rows: `neighbours of the same class|^\w+: gain`, shown: `^mlp: neighbours of the same class, layer 6`,
	},
	{
		statement: "From the default initialisation too $\\log C_\\ell$ is close to a line, on FashionMNIST and CIFAR-10, flatter for deeper networks",
		place:     "figure on default initialisation", notebook: "08",
		rows: `^R² of log C, L =|^factor|^C_8 at L = 9 over`, shown: `^R² of log C, L = 9`,
		condition: "with cross-entropy; with the squared error, at this length of training, the line is not straight",
	},
	{
		statement: "The ends of the paper's lines on FashionMNIST and CIFAR-10",
		place:     "figure on default initialisation", notebook: "08",
		rows: `^C_0$|^C_8, L = 9`, shown: `^C_8, L = 9`,
		scale: "90 images per class and width 128; the paper does not state its settings",
	},
	{
		statement: "The pattern holds for text",
		place:     "experiments on text", notebook: "09", figure: 3,
		rows: `^R² of log C|^factor of a layer|^growth of D|^C_\d/C_\d|^D_\d,|^R² of D$`, shown: `^R² of log C, L = 9`,
		condition: "$C$ from the first hidden layer on; of the nonlinear networks only the shallow ones separate class means at a nearly linear rate",
	},
	{
		statement: "A longer head that is dropped after training leaves the extractor's features less compressed",
		place:     "section and figure on transfer", notebook: "10",
		rows: `: C, last over first`, shown: `^hybrid, α = \.03: C, last over first`,
		condition: "where the network as a whole amplifies, $S > 1$; where it damps the sign is the opposite, as predicted",
	},
	{
		statement: "And a linear classifier on them does better at a new task",
		place:     "section and figure on transfer", notebook: "10",
		rows: `nearer to zero|^small steps: accuracy|^accuracy \(%\)`, shown: `^hybrid, α = \.03: points gained, ridge 0\.1`,
		condition: "where the first claim holds, for a classifier that feels small directions; least squares sees nothing",
	},
	{
		statement: "During training $C_\\ell$ falls and $D_\\ell$ rises in all layers at once in linear networks",
		place:     "our extension: dynamics", notebook: "11",
		rows: `^half time|^C_4/C_0 when|^epochs to half|^exponent of the one-matrix`, shown: `^half time of the last layer / first, α = 1$`,
	},
}

// finding is what a run found about a claim.
type finding string

const (
	holds       finding = "holds"
	conditional finding = "holds, with a condition"
	fails       finding = "does not hold"
	otherScale  finding = "not at this scale"
	unexplained finding = "not with the stated settings"
	untried     finding = "not tried"
)

// Class returns the class of its style, that of the corresponding verdict.
func (f finding) Class() string {
	return string(map[finding]pnc.Verdict{holds: pnc.Pass, conditional: pnc.Pass, fails: pnc.Fail, otherScale: pnc.Note, unexplained: pnc.Note, untried: pnc.StandIn}[f])
}

// judged is a claim with what a run found.
type judged struct {
	Statement, Reason  template.HTML
	Place              string
	Finding            finding
	Shown              *pnc.VerdictRow // whose numbers are shown, if any
	TwoSided, OneSided int             // rows that it rests on
	Notebook           string          // the name of the page, if the notebook has run
	Number             string          // of the notebook
	Figure             string          // the anchor of the page's telling figure
}

// judge compares a claim with the rows of the run of its notebook, nil if it has not
// run.
func (c claim) judge(run *notebook.Run) judged {
	prose := newText()
	j := judged{Statement: prose.inline(c.statement), Place: c.place, Number: c.notebook, Finding: untried, Reason: "the notebook has not run"}
	if run == nil {
		return j
	}
	j.Notebook = run.Notebook.Name()
	j.Reason = "the run has no row about it"
	var tally pnc.Tally
	missing, other := "", "" // the data set that a stand-in replaces in a table with such rows, in any table
	rows, shown := regexp.MustCompile(c.rows), regexp.MustCompile(c.shown)
	for _, table := range run.Verdicts {
		if table.InPlaceOf != "" {
			other = table.InPlaceOf
		}
		for _, row := range table.Rows {
			if j.Shown == nil && table.InPlaceOf == "" && shown.MatchString(row.Quantity) {
				j.Shown = &row
			}
			if !rows.MatchString(row.Quantity) {
				continue
			}
			if table.InPlaceOf != "" {
				missing = table.InPlaceOf
			}
			tally.Add((&pnc.Verdicts{Rows: []pnc.VerdictRow{row}}).Tally())
			switch {
			case row.Verdict == pnc.Note || row.Verdict == pnc.StandIn: // nothing rests on it
			case row.OneSided():
				j.OneSided++
			default:
				j.TwoSided++
			}
		}
	}
	if tally == (pnc.Tally{}) {
		missing = other // on a stand-in, rows may be left out
	}
	switch {
	case tally.Fail > 0:
		j.Finding, j.Reason = fails, template.HTML(template.HTMLEscapeString(tally.String()))
	case tally.StandIn > tally.Pass || tally.Pass+tally.StandIn == 0 && missing != "":
		j.Finding, j.Reason = untried, template.HTML("on stand-in data only: no "+template.HTMLEscapeString(missing)+" was found")
	case tally.Pass > 0 && c.condition == "":
		j.Finding, j.Reason = holds, ""
	case tally.Pass > 0:
		j.Finding, j.Reason = conditional, prose.inline(c.condition)
	case tally.Note > 0 && c.settings != "":
		j.Finding, j.Reason = unexplained, prose.inline(c.settings)
	case tally.Note > 0:
		j.Finding, j.Reason = otherScale, prose.inline(c.scale)
	}
	if j.Finding != untried && tally.StandIn > 0 {
		if j.Reason != "" {
			j.Reason += "; "
		}
		j.Reason += template.HTML(fmt.Sprintf("further rows on stand-in data: %d (no %s was found)", tally.StandIn, template.HTMLEscapeString(missing)))
	}
	return j
}

// judgeAll judges all claims by the runs of a report.
func judgeAll(runs map[string]*notebook.Run, pages map[string]*page) []judged {
	var all []judged
	for _, c := range claims {
		var of *notebook.Run
		for name, run := range runs {
			if strings.HasPrefix(name, c.notebook) {
				of = run
			}
		}
		j := c.judge(of)
		if p := pages[j.Notebook]; p != nil && c.figure > 0 && c.figure <= len(p.Figures) {
			j.Figure = p.Figures[c.figure-1].ID
		} else if p != nil && p.Cover != nil {
			j.Figure = p.Cover.ID
		}
		all = append(all, j)
	}
	return all
}

// Unmatched lists the expressions of claims about a notebook that match none of the
// rows of its run, for the test that runs all notebooks: a renamed quantity must not
// turn a claim into one that was not tried. Runs on stand-ins may lack rows and are not
// checked.
func Unmatched(run *notebook.Run) (expressions []string) {
	if slices.ContainsFunc(run.Verdicts, func(v *pnc.Verdicts) bool { return v.InPlaceOf != "" }) {
		return nil
	}
	for _, c := range claims {
		if !strings.HasPrefix(run.Notebook.Name(), c.notebook) {
			continue
		}
		for _, alternative := range append(strings.Split(c.rows, "|"), c.shown) {
			matches := false
			for _, table := range run.Verdicts {
				for _, row := range table.Rows {
					matches = matches || regexp.MustCompile(alternative).MatchString(row.Quantity)
				}
			}
			if !matches {
				expressions = append(expressions, alternative)
			}
		}
	}
	return expressions
}

// Basis says how many rows of which kind a finding rests on, such as "15 two-sided rows,
// 3 bars".
func (j judged) Basis() string {
	var parts []string
	for _, c := range []struct {
		n    int
		what string
	}{{j.TwoSided, "two-sided row"}, {j.OneSided, "bar"}} {
		if c.n == 1 {
			parts = append(parts, "1 "+c.what)
		} else if c.n > 1 {
			parts = append(parts, fmt.Sprintf("%d %ss", c.n, c.what))
		}
	}
	return strings.Join(parts, ", ")
}

// Numbers returns the numbers of the row that is shown: "measured, predicted, in the
// paper".
func (j judged) Numbers() template.HTML {
	if j.Shown == nil || j.Finding == untried {
		return ""
	}
	parts := []string{string(quantity(j.Shown.Quantity)) + ": <strong>" + string(number(j.Shown.Measured)) + "</strong>"}
	if !math.IsNaN(j.Shown.Predicted) {
		parts = append(parts, "predicted "+string(number(j.Shown.Predicted)))
	}
	if j.Shown.Paper != "" {
		parts = append(parts, "paper: "+string(quantity(j.Shown.Paper)))
	}
	return template.HTML(strings.Join(parts, "; "))
}
