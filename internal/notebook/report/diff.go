package report

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"pnclab/internal/notebook"
)

// looseShare is the relative change from which a number counts as moved if its row
// states no scatter of its own.
const looseShare = 0.05

// Change is what happened to one row from one report to another. Before or After is nil
// if only the other report has the row.
type Change struct {
	Before, After *Row
	// Scatter is the change of the measured number that its tolerance explains.
	Scatter float64
}

// Judgement reports whether the verdict changed.
func (c Change) Judgement() bool {
	return c.Before != nil && c.After != nil && c.Before.Verdict != c.After.Verdict
}

// Moved reports whether the measured number changed by more than its scatter, or became
// or ceased to be a number.
func (c Change) Moved() bool {
	if c.Before == nil || c.After == nil {
		return false
	}
	a, b := c.Before.Measured, c.After.Measured
	if a == nil || b == nil {
		return (a == nil) != (b == nil)
	}
	return math.Abs(*a-*b) > c.Scatter
}

// Identical reports whether both reports have the same number and the same verdict.
func (c Change) Identical() bool {
	if c.Before == nil || c.After == nil || c.Judgement() {
		return false
	}
	a, b := c.Before.Measured, c.After.Measured
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// Diff pairs the rows of two reports: rows of the same notebook and quantity, in their
// order if there are several. A row that only one of them has, from a notebook that both
// ran, is a change without the other side.
//
// The scatter of a number is what its own row allows for: the relative tolerance of a
// prediction, or the standard error of a remark "± 0.7". A bar or a remark states none;
// there it is 5 % of the larger number.
func Diff(before, after *Results) []Change {
	type key struct {
		notebook, quantity string
		occurrence         int
	}
	index := func(rows []Row) (order []key, byKey map[key]*Row) {
		byKey = map[key]*Row{}
		seen := map[key]int{}
		for i := range rows {
			k := key{notebook: rows[i].Notebook, quantity: rows[i].Quantity}
			seen[k]++
			k.occurrence = seen[k]
			byKey[k] = &rows[i]
			order = append(order, k)
		}
		return order, byKey
	}
	orderA, a := index(before.Rows)
	orderB, b := index(after.Rows)
	ranA, ranB := ranIn(before), ranIn(after)
	var changes []Change
	for _, k := range orderA {
		if !ranB[k.notebook] {
			continue
		}
		c := Change{Before: a[k], After: b[k]}
		if c.After != nil {
			c.Scatter = scatter(c.Before, c.After)
		}
		changes = append(changes, c)
	}
	for _, k := range orderB {
		if a[k] == nil && ranA[k.notebook] {
			changes = append(changes, Change{After: b[k]})
		}
	}
	return changes
}

// ranIn returns the notebooks that a report has rows of, or that ended in it.
func ranIn(r *Results) map[string]bool {
	ran := map[string]bool{}
	for _, n := range r.Notebooks {
		ran[n.Name] = n.Status != pending
	}
	return ran
}

var (
	percent   = regexp.MustCompile(`^([0-9.eE+-]+) %$`)
	plusMinus = regexp.MustCompile(`^± ([0-9.]+)`)
)

// scatter returns the change of the measured number that the rows allow for.
func scatter(before, after *Row) float64 {
	largest := 0.0
	for _, r := range []*Row{before, after} {
		own := math.NaN()
		if m := percent.FindStringSubmatch(r.Tolerance); m != nil && r.Predicted != nil {
			share, err := strconv.ParseFloat(m[1], 64)
			if err == nil {
				own = share / 100 * math.Abs(*r.Predicted)
			}
		} else if m := plusMinus.FindStringSubmatch(r.Tolerance); m != nil {
			// Two estimates, each with this standard error, differ by more than
			// twice √2 of it in one of twenty cases.
			if err, parseErr := strconv.ParseFloat(m[1], 64); parseErr == nil {
				own = 2 * math.Sqrt2 * err
			}
		}
		if math.IsNaN(own) {
			own = 0
			if r.Measured != nil {
				own = looseShare * math.Abs(*r.Measured)
			}
		}
		largest = max(largest, own)
	}
	return largest
}

// String describes the change on one line, without what would control a terminal.
func (c Change) String() string {
	return strings.Join(strings.Fields(notebook.PlainText(c.describe())), " ")
}

func (c Change) describe() string {
	if c.Before == nil {
		return fmt.Sprintf("%s: %s: only in the second, %s", c.After.Notebook, c.After.Quantity, measured(c.After))
	}
	if c.After == nil {
		return fmt.Sprintf("%s: %s: only in the first, %s", c.Before.Notebook, c.Before.Quantity, measured(c.Before))
	}
	text := fmt.Sprintf("%s: %s: %s → %s", c.Before.Notebook, c.Before.Quantity, measured(c.Before), measured(c.After))
	if c.Scatter > 0 {
		text += fmt.Sprintf(" (±%.2g explained)", c.Scatter)
	}
	return text
}

// measured returns the number and verdict of a row.
func measured(r *Row) string {
	if r.Measured == nil {
		return "– " + string(r.Verdict)
	}
	return fmt.Sprintf("%.5g %s", *r.Measured, r.Verdict)
}
