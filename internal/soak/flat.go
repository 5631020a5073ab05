package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// A series is judged by the medians of two parts of it. The first quarter is left out,
// since caches fill and the garbage collector finds its pace; the rest is cut into three.
// A series is flat if the median of the last third is above that of the first by no more
// than rise times that plus slack.
//
// Resident memory is judged when what is free was given back: before, it says how long ago
// the system last wanted some.
//
// Medians, since single rows differ by what a pool or the allocator happens to hold. A leak
// that is steady is seen if it adds more than the margin within half of the time (the
// distance between the middles of the two thirds).
var limits = []struct {
	name        string
	of          func(v vitals) float64
	rise, slack float64
}{
	{"resident memory", func(v vitals) float64 { return v.kept }, 0.10, 8},
	{"live heap", func(v vitals) float64 { return v.heap }, 0.02, 1},
	{"the number of goroutines", func(v vitals) float64 { return float64(v.goroutines) }, 0, 0},
	{"the number of open files", func(v vitals) float64 { return float64(v.files) }, 0, 0},
	{"the number of processes", func(v vitals) float64 { return float64(v.children) }, 0, 0},
	{"disk space", func(v vitals) float64 { return v.disk }, 0.10, 10},
}

// leastRows are needed to judge a series.
const leastRows = 12

// judge prints a line for each of the limits and returns an error if one is exceeded.
func judge(w io.Writer, series []vitals) error {
	rows := series[len(series)/4:]
	if len(series) < leastRows {
		fmt.Fprintf(w, "%d rows are too few to be judged: %d are needed\n", len(series), leastRows)
		return nil
	}
	third := len(rows) / 3
	var grown []error
	for _, l := range limits {
		first, last := median(rows[:third], l.of), median(rows[len(rows)-third:], l.of)
		margin := l.rise*first + l.slack
		fmt.Fprintf(w, "%s: %.4g, later %.4g, may grow by %.3g\n", l.name, first, last, margin)
		if last > first+margin {
			grown = append(grown, fmt.Errorf("%s grew from %.4g to %.4g", l.name, first, last))
		}
	}
	if n := rows[len(rows)-1].children; n > 0 {
		grown = append(grown, fmt.Errorf("%d processes are left", n))
	}
	return errors.Join(grown...)
}

// median returns the middle value, or the lower one of two.
func median(rows []vitals, of func(v vitals) float64) float64 {
	values := make([]float64, len(rows))
	for i, v := range rows {
		values[i] = of(v)
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}
