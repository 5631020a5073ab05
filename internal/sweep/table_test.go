package sweep

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pnclab/plotting"
	"pnclab/pnc"
)

// someDone returns a folder of which some runs are done, one diverged and one is missing.
func someDone(t *testing.T) *Folder {
	g := small()
	g.Axes = []pnc.Axis{pnc.Over("train.learningRate", 0.1, 1e30), pnc.Over("net.depth", 2, 3), pnc.Over("seed", pnc.Range(1, 3))}
	f := newFolder(t, g)
	work(t, f, Options{Keys: []string{f.Runs[0].Key, f.Runs[1].Key, f.Runs[2].Key, f.Runs[3].Key, f.Runs[4].Key, f.Runs[6].Key}})
	return f
}

// TestCollect compares every value of the CSV with what was measured.
func TestCollect(t *testing.T) {
	f := someDone(t)
	j := journal(t, f)
	table := pnc.Must(f.Collect(j))
	var b bytes.Buffer
	if err := table.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	rows := pnc.Must(csv.NewReader(&b).ReadAll())
	header := rows[0]
	get := func(row []string, name string) string { return row[slices.Index(header, name)] }
	at := 1
	for _, r := range f.Runs {
		state := j.Of(r.Key)
		layers := []pnc.LayerMeasures{{}}
		if state.Status == Done {
			layers = pnc.Must(j.Measured(r.Key)).Evaluation.Layers
		}
		for _, l := range layers {
			row := rows[at]
			at++
			if get(row, "key") != r.Key || get(row, "status") != string(state.Status) || get(row, "seed") != Coordinate(r.Coordinates[2]) || get(row, "net.depth") != Coordinate(r.Coordinates[1]) {
				t.Fatalf("row %q is not that of %s", row, f.Describe(r))
			}
			if state.Status != Done {
				if get(row, "layer") != "" || get(row, "C") != "" {
					t.Errorf("values in %q", row)
				}
				continue
			}
			if get(row, "layer") != strconv.Itoa(l.Layer) || get(row, "d") != strconv.Itoa(l.Dim) {
				t.Errorf("layer %d: %q", l.Layer, row)
			}
			for _, q := range pnc.Quantities() {
				i := slices.Index(header, q.Name)
				want := q.Of(l)
				if i < 0 && math.IsNaN(want) || i >= 0 && row[i] == "" && math.IsNaN(want) {
					continue
				}
				if got, err := strconv.ParseFloat(row[i], 64); err != nil || got != want {
					t.Errorf("%s of layer %d is %s, want %v", q.Name, l.Layer, row[i], want)
				}
			}
		}
	}
	if at != len(rows) {
		t.Errorf("%d rows, want %d", len(rows), at)
	}
	b.Reset()
	if err := table.WriteJSONLines(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	for i, line := range lines {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil || len(object) != len(header) {
			t.Fatalf("%v: %s", err, line)
		}
		if c := get(rows[i+1], "C"); c != "" && pnc.Must(strconv.ParseFloat(c, 64)) != object["C"] || c == "" && object["C"] != nil {
			t.Errorf("C is %s and %v", c, object["C"])
		}
	}
}

func TestInfiniteValues(t *testing.T) {
	table := &Table{Columns: []string{"a", "b", "c"}, Rows: [][]any{{math.Inf(1), nil, "x\"y"}, {math.Inf(-1), 2, true}}}
	var b bytes.Buffer
	if err := table.WriteJSONLines(&b); err != nil || b.String() != `{"a":"inf","b":null,"c":"x\"y"}`+"\n"+`{"a":"-inf","b":2,"c":true}`+"\n" {
		t.Errorf("%s, error %v", b.String(), err)
	}
	b.Reset()
	if err := table.WriteCSV(&b); err != nil || b.String() != "a,b,c\n+Inf,,\"x\"\"y\"\n-Inf,2,true\n" {
		t.Errorf("%s, error %v", b.String(), err)
	}
}

// TestStatistics checks the means over seeds, and that runs that diverged are counted.
func TestStatistics(t *testing.T) {
	f := someDone(t)
	j := journal(t, f)
	table := pnc.Must(f.Collect(j))
	s := f.Statistics(table)
	get := func(row []any, name string) any { return row[slices.Index(s.Columns, name)] }
	if len(s.Rows) != 2+3+1+1 {
		t.Fatalf("%d rows: %v", len(s.Rows), s.Rows)
	}
	counts := func(row []any) [4]int {
		return [4]int{get(row, "done").(int), get(row, "diverged").(int), get(row, "failed").(int), get(row, "other").(int)}
	}
	for i, want := range map[int][4]int{0: {3, 0, 0, 0}, 2: {2, 0, 0, 1}, 5: {0, 1, 0, 2}, 6: {0, 0, 0, 3}} {
		if got := counts(s.Rows[i]); got != want {
			t.Errorf("row %d counts %v, want %v: %v", i, got, want, s.Rows[i])
		}
	}
	var values []float64
	for i := range 3 {
		values = append(values, pnc.Must(j.Measured(f.Runs[i].Key)).Evaluation.C()[1])
	}
	mean, sd := pnc.Averages([]float64{values[0]}, []float64{values[1]}, []float64{values[2]})
	row := s.Rows[1]
	if math.Abs(get(row, "C_mean").(float64)/mean[0]-1) > 4*0x1p-53 || math.Abs(get(row, "C_sd").(float64)/sd[0]-1) > 1e-12 {
		t.Errorf("mean %v and deviation %v, want %v and %v", get(row, "C_mean"), get(row, "C_sd"), mean, sd)
	}
	if low, high := get(row, "C_low").(float64), get(row, "C_high").(float64); !(slices.Min(values) <= low && low < mean[0] && mean[0] < high && high <= slices.Max(values)) {
		t.Errorf("interval %v to %v of %v", low, high, values)
	}
}

// TestBootstrapOfMeans checks the interval against its limit: for many values the
// percentiles are those of a normal distribution with the standard error of the mean,
// ±1.96 s/√n. Of 2000 replicates the percentile 2.5 has the standard error
// √(0.025·0.975/2000)/φ(1.96) = 0.06 standard errors of the mean: four of them are 0.24.
func TestBootstrapOfMeans(t *testing.T) {
	var values []float64
	for i := range 400 {
		values = append(values, math.Sqrt(2)*math.Erfinv((2*float64(i)+1)/400-1)+5)
	}
	s := summarize(values)
	se := s.sd / 20
	for _, c := range []struct{ got, want float64 }{{s.low, s.mean - 1.96*se}, {s.high, s.mean + 1.96*se}} {
		if math.Abs(c.got-c.want) > 0.24*se {
			t.Errorf("percentile %g, want %g with a standard error of %g", c.got, c.want, se)
		}
	}
	if one := summarize([]float64{3}); one.mean != 3 || !math.IsNaN(one.sd) || !math.IsNaN(one.low) {
		t.Errorf("of one value: %+v", one)
	}
}

// TestFigure draws what can be drawn, and checks the errors of what can't.
func TestFigure(t *testing.T) {
	f := someDone(t)
	table := pnc.Must(f.Collect(journal(t, f)))
	for name, o := range map[string]FigureOptions{
		"lines":    {Layer: -1, X: "net.depth"},
		"layers":   {Quantity: "D", X: "layer"},
		"map":      {Layer: -1, X: "train.learningRate", Y: "net.depth"},
		"selected": {Layer: 1, X: "net.depth", Where: map[string]string{"train.learningRate": "0.1"}},
		"default":  {Layer: 0},
	} {
		figure, err := f.Figure(table, o)
		if err == nil {
			err = plotting.Save(figure, filepath.Join(t.TempDir(), "x.svg"))
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for words, o := range map[string]FigureOptions{
		"no axis net.width; this sweep has train.learningRate": {X: "net.width"},
		"no quantity":             {Quantity: "Q"},
		"NC1 was not measured":    {Quantity: "NC1"},
		"no run that is done has": {Where: map[string]string{"net.depth": "9"}},
	} {
		if _, err := f.Figure(table, o); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%+v: error %v, want %q", o, err, words)
		}
	}
}

// TestOrigin checks that the table says where an outcome from the cache was computed, and
// not where it was found.
func TestOrigin(t *testing.T) {
	g := small()
	g.Axes = []pnc.Axis{pnc.Over("seed", 1, 2)}
	f := newFolder(t, g)
	pnc.Must(g.Run(t.Context())) // into the cache
	for i, r := range f.Runs {
		file := filepath.Join(pnc.CacheDir(), r.Key+".json")
		text := pnc.Must(os.ReadFile(file))
		var object map[string]any
		if err := json.Unmarshal(text, &object); err != nil {
			t.Fatal(err)
		}
		object["Host"], object["Kernels"] = "elsewhere", "other"
		if err := os.WriteFile(file, pnc.Must(json.Marshal(object)), 0o666); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			os.Remove(file)
		}
	}
	work(t, f, Options{})
	table := pnc.Must(f.Collect(journal(t, f)))
	for i, want := range [][]any{{"elsewhere", "other", nil}, {"", "", nil}} {
		row := table.Rows[i*3] // three layers each
		if got := []any{row[table.column("host")], row[table.column("kernels")], row[table.column("processor")]}; !slices.Equal(got, want) {
			t.Errorf("run %d comes from %v, want %v", i, got, want)
		}
		if row[table.column("cached")] != true {
			t.Error("not from the cache")
		}
	}
}
