package main

import (
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestJudge has series of an hour that are flat but for noise, grow at once and stay, or
// leak.
func TestJudge(t *testing.T) {
	const seed = 1
	for _, test := range []struct {
		name string
		row  func(i int, v *vitals)
		want string
	}{
		{"flat", func(int, *vitals) {}, ""},
		{"fills at first", func(i int, v *vitals) { v.heap -= 15 * max(0, 1-float64(i)/12); v.goroutines += min(i, 10) }, ""},
		{"spikes", func(i int, v *vitals) {
			if i%7 == 0 {
				v.kept += 200
				v.files += 5
			}
		}, ""},
		{"heap", func(i int, v *vitals) { v.heap += 0.06 * float64(i) }, "live heap grew from"},
		{"resident", func(i int, v *vitals) { v.kept += 2 * float64(i) }, "resident memory grew from"},
		{"goroutines", func(i int, v *vitals) { v.goroutines += i / 20 }, "the number of goroutines grew from"},
		{"files", func(i int, v *vitals) { v.files += i / 20 }, "the number of open files grew from"},
		{"process", func(i int, v *vitals) { v.children = i / 59 }, "1 processes are left"},
	} {
		rng := rand.New(rand.NewPCG(seed, 0))
		series := make([]vitals, 60)
		for i := range series {
			series[i] = vitals{kept: 200 + 10*rng.Float64(), heap: 20 + 0.2*rng.Float64(), goroutines: 5, files: 9, disk: 50, elapsed: time.Duration(i) * every}
			test.row(i, &series[i])
		}
		err := judge(io.Discard, series)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s, seed %d: %v, want %q", test.name, seed, err, test.want)
		}
		if judge(io.Discard, series[:leastRows-1]) != nil {
			t.Errorf("%s: a series too short to be judged was", test.name)
		}
	}
}

// TestTasks runs every task once.
func TestTasks(t *testing.T) {
	if testing.Short() {
		t.Skip("trains networks")
	}
	t.Setenv("PNC_CACHE", t.TempDir())
	l := &lab{dir: t.TempDir()}
	for range 16 {
		if err := l.next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
