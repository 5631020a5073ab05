package sweep

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"pnclab/pnc"
)

// Estimate predicts how long runs take on one core.
//
// Runs that are done tell: a run is expected to take as long as the mean of those that
// differ from it in the seed alone or, if there are none, as those nearest to it on the
// grid, times the ratio of their operations. Without any, it takes as long as its
// operations do at a rate of 2·10⁹ per second; that is an upper bound for runs that
// converge before their last epoch.
type Estimate struct {
	// Timed is the number of finished runs that it rests on.
	Timed   int
	seconds map[string]float64
}

// assumedRate is the number of operations per second of a core that nothing is known of.
// Small networks reach less than large ones, which have 5 to 50 times as many.
const assumedRate = 2e9

// Seconds returns the time that the run with a key is expected to take.
func (e *Estimate) Seconds(key string) float64 { return e.seconds[key] }

// cell is a combination of coordinates without the seed.
type cell struct {
	at         []int // index of the value on every axis
	operations float64
	sum        float64 // seconds of runs that are done
	n          int
}

// Estimate estimates the time of all runs, and checks each of them against its data
// without training: the error names the first that is not possible. Data are generated
// once for all seeds, for at most the given time; runs whose data had to be left out
// count as if they had those of the run before.
func (f *Folder) Estimate(j *Journal, limit time.Duration) (*Estimate, error) {
	e := &Estimate{seconds: make(map[string]float64, len(f.Runs))}
	cells := map[string]*cell{}
	of := make([]*cell, len(f.Runs))
	shapes := newShapes(limit)
	indices := make([]map[string]int, len(f.Head.Fields)) // of values, per axis
	for i := range indices {
		indices[i] = map[string]int{}
	}
	for i, r := range f.Runs {
		var name strings.Builder
		var at []int
		for k, v := range r.Coordinates {
			text, _ := json.Marshal(v) // it was read from JSON
			index, ok := indices[k][string(text)]
			if !ok {
				index = len(indices[k])
				indices[k][string(text)] = index
			}
			if !strings.EqualFold(f.Head.Fields[k], "seed") {
				fmt.Fprintf(&name, "%d,", index)
				at = append(at, index)
			}
		}
		c := cells[name.String()]
		if c == nil {
			c = &cell{at: at}
			cells[name.String()] = c
			var err error
			if c.operations, err = shapes.operations(r); err != nil {
				return nil, fmt.Errorf("%s: %w", f.Describe(r), err)
			}
		}
		of[i] = c
		if s := j.Of(r.Key); s.Status == Done && s.time() > 0 {
			c.sum, c.n = c.sum+s.time(), c.n+1
			e.Timed++
		}
	}
	var timed []*cell
	for _, c := range cells {
		if c.n > 0 {
			timed = append(timed, c)
		}
	}
	// So that sums do not depend on the order of a map.
	slices.SortFunc(timed, func(a, b *cell) int { return slices.Compare(a.at, b.at) })
	if step := len(timed) / 500; step > 1 { // enough, and others would take quadratic time
		for i := range len(timed) / step {
			timed[i] = timed[i*step]
		}
		timed = timed[:len(timed)/step]
	}
	expected := map[*cell]float64{}
	for i, r := range f.Runs {
		if _, ok := expected[of[i]]; !ok {
			expected[of[i]] = of[i].expect(timed)
		}
		e.seconds[r.Key] = expected[of[i]]
	}
	return e, nil
}

// time returns the seconds that a run took in all.
func (s State) time() float64 {
	if s.Cached || s.Training > s.Seconds {
		return s.Training
	}
	return s.Seconds
}

// nearest is the number of cells that an estimate is the mean of.
const nearest = 4

// expect returns the expected time of a run in the cell.
func (c *cell) expect(timed []*cell) float64 {
	switch {
	case c.n > 0:
		return c.sum / float64(c.n)
	case len(timed) == 0:
		return c.operations / assumedRate
	}
	type neighbor struct {
		c        *cell
		distance int
	}
	var near []neighbor // by distance
	for _, t := range timed {
		n := neighbor{c: t}
		for k := range c.at {
			n.distance += max(c.at[k]-t.at[k], t.at[k]-c.at[k])
		}
		at, _ := slices.BinarySearchFunc(near, n.distance+1, func(m neighbor, d int) int { return cmp.Compare(m.distance, d) })
		if at < nearest {
			near = slices.Insert(near, at, n)
			near = near[:min(nearest, len(near))]
		}
	}
	var sum float64
	for _, n := range near {
		sum += n.c.sum / float64(n.c.n) * c.operations / n.c.operations
	}
	return sum / float64(len(near))
}

// shapes knows the shape of data without generating them for every run.
type shapes struct {
	until  time.Time
	known  map[string]*pnc.Dataset
	latest *pnc.Dataset
}

func newShapes(limit time.Duration) *shapes {
	return &shapes{until: time.Now().Add(limit), known: map[string]*pnc.Dataset{}}
}

// operations returns the number of operations of a run, at least 1.
func (s *shapes) operations(r Run) (float64, error) {
	e, err := r.Decode()
	if err != nil {
		return 0, err
	}
	var parts struct{ Data json.RawMessage }
	if err := json.Unmarshal(r.Experiment, &parts); err != nil {
		return 0, err
	}
	data := s.known[string(parts.Data)]
	if data == nil && (s.latest == nil || time.Now().Before(s.until)) {
		if data, err = e.Dataset(); err != nil {
			return 0, err
		}
		s.known[string(parts.Data)] = data
	}
	if data == nil {
		data = s.latest
	} else if err := e.Check(data); err != nil {
		return 0, err
	}
	s.latest = data
	return math.Max(1, e.Operations(data.Shape(), data.K(), data.Len())), nil
}

// Describe names a run by its coordinates.
func (f *Folder) Describe(r Run) string {
	var parts []string
	for k, field := range f.Head.Fields {
		parts = append(parts, fmt.Sprintf("%s %s", field, Coordinate(r.Coordinates[k])))
	}
	if parts == nil {
		return "the run"
	}
	return strings.Join(parts, ", ")
}

// Coordinate returns a coordinate as text: numbers with as many digits as it takes, and
// what is more than a value as JSON.
func Coordinate(v any) string {
	switch v := v.(type) {
	case string:
		return v
	default:
		text, _ := json.Marshal(v) // it was read from JSON
		return string(text)
	}
}
