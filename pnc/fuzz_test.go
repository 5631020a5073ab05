//go:build !js

package pnc

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/artifact"
)

// oneLine checks the error of a reader: one line that begins with what was read.
func oneLine(t *testing.T, err error, of string) {
	t.Helper()
	if text := err.Error(); !strings.HasPrefix(text, of) || strings.ContainsAny(text, "\n\x1b") || utf8.RuneCountInString(text) > 2000+len(of) {
		t.Errorf("error %.400q of %d bytes, want one line of at most 2000 characters that begins with %q", text, len(text), of)
	}
}

// survives checks that a value that was read from JSON can be written, read again and
// written with the same bytes, and that it can be printed.
func survives[T any](t *testing.T, v *T) {
	t.Helper()
	first, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("%+v was read and cannot be written: %v", *v, err)
	}
	var again T
	if err := json.Unmarshal(first, &again); err != nil {
		t.Fatalf("%s was written and cannot be read: %v", first, err)
	}
	second, err := json.Marshal(&again)
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("%s becomes %s, %v", first, second, err)
	}
	_ = fmt.Sprint(v)
}

// FuzzExperiment requires that an experiment is refused or survives JSON.
func FuzzExperiment(f *testing.F) {
	for _, e := range []Experiment{
		{Data: NearlyOrthonormal{}, Net: Architecture{Depth: 3, Width: 20}, Init: Orthogonal(0.3), Train: Settings{Epochs: 3, Schedule: Cosine(0.1), Method: Reduced}},
		{Data: Unbalanced{Of: Glyphs{PerClass: 3}, Sizes: []int{3, 2}}, Net: Architecture{Depth: 3, Nonlinear: 2, Width: 8}, Train: Settings{Precision: Float32, Loss: CrossEntropy, Schedule: StepDecay(3, 0.5), Measures: Scatter}, CheckAssumptions: true},
	} {
		text, err := json.Marshal(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
		for _, c := range lengthened(text) {
			f.Add(string(c))
		}
	}
	f.Add(`{"Version":0,"Data":{"pnc.MNIST":{}},"Train":{"Method":2,"Precision":1,"Schedule":{"Kind":"cosine"},"Loss":1}}`)
	f.Add(`{"Init":"orthogonal(NaN)","Train":{"Method":77,"Schedule":"cosine(factor=NaN)","Measures":255}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var e Experiment
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			oneLine(t, err, "")
			return
		}
		survives(t, &e)
	})
}

// FuzzEvaluation requires that an evaluation is refused or survives JSON and can be
// printed as a table and as CSV.
func FuzzEvaluation(f *testing.F) {
	ev := &Evaluation{Name: "x", Accuracy: math.NaN(), Layers: []LayerMeasures{{Name: "a", N: 3, Dim: 2, Classes: 2, C: math.Inf(1), Intervals: map[string][2]float64{"C": {0, 1}}, Undefined: map[string]string{"D": "why"}}}}
	text, err := json.Marshal(ev)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	for _, c := range lengthened(text) {
		f.Add(string(c))
	}
	f.Add(`{"layers":[{},{"classes":[{"cosines":[null,1e999]}],"singularValues":[1]}],"cka":[[null]],"accuracyInterval":[0,1]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var ev Evaluation
		if err := json.Unmarshal([]byte(text), &ev); err != nil {
			oneLine(t, err, "")
			return
		}
		survives(t, &ev)
		var b bytes.Buffer
		if err := ev.WriteTable(&b); err != nil {
			t.Error(err)
		}
		if err := ev.WriteCSV(&b); err != nil {
			t.Error(err)
		}
	})
}

// FuzzVerdicts requires that a table of verdicts is refused or survives JSON.
func FuzzVerdicts(f *testing.F) {
	table := `{"data":"d","preset":"quick","rows":[{"quantity":"C","paper":".32","predicted":0.3,"measured":null,"tolerance":"5 %","verdict":"pass"}]}`
	f.Add(table)
	for _, c := range lengthened([]byte(table)) {
		f.Add(string(c))
	}
	f.Add(`{"stand_in":"MNIST","rows":[{"quantity":"C","paper":0.320,"measured":1e999,"tolerance":"≥ 1","verdict":"stand-in"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var v Verdicts
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			oneLine(t, err, "")
			return
		}
		survives(t, &v)
		tally := v.Tally()
		if n := tally.Pass + tally.Fail + tally.Note + tally.StandIn; n != len(v.Rows) {
			t.Errorf("%d of %d rows are counted", n, len(v.Rows))
		}
	})
}

// FuzzTextForms requires that what has a form as text is refused or is the same text
// when it is written and read again.
func FuzzTextForms(f *testing.F) {
	for _, text := range []string{"orthogonal(0.3)", "gaussian(1e400)", "identity(NaN)", "cosine(factor=0.1, period=3, unit=steps)", "step(factor=Inf, period=1)", "constant(period=3)", "reduced", "float32", "cross-entropy", "scatter+spectrum", "3", "flip+crop(4)"} {
		f.Add(text)
		f.Add(strings.Repeat(text, 1000))
		f.Add(strings.Replace(text, "0.1", strings.Repeat("0.1", 1000), 1))
	}
	f.Fuzz(func(t *testing.T, text string) {
		quoted, _ := json.Marshal(text)
		for _, b := range [][]byte{quoted, []byte(text)} {
			for _, v := range []any{new(Init), new(Schedule), new(Method), new(Precision), new(Loss), new(Measures), new(Optimizer), new(Weights), new(Augmentation)} {
				if err := json.Unmarshal(b, v); err != nil {
					oneLine(t, err, "")
					continue
				}
				first, err := json.Marshal(v)
				if err != nil {
					t.Errorf("%T of %s cannot be written: %v", v, b, err)
					continue
				}
				again := reflect.New(reflect.TypeOf(v).Elem())
				if err := json.Unmarshal(first, again.Interface()); err != nil {
					t.Errorf("%T of %s is %s, which cannot be read: %v", v, b, first, err)
				}
				second, err := json.Marshal(again.Interface())
				if err != nil || !bytes.Equal(first, second) {
					t.Errorf("%T of %s is %s and then %s, %v", v, b, first, second, err)
				}
				_ = fmt.Sprint(again.Elem())
			}
		}
	})
}

// FuzzCSVText requires that a file of texts is refused by its name, or read as one text
// for every record with a vector of norm 1 or 0, and the same with tabs for commas.
func FuzzCSVText(f *testing.F) {
	f.Add("1,red apple\n2,green\n", false)
	f.Add("text,label\n\"a \"\"b\"\"\",1\nc,2.0\n", false)
	f.Add("1\t\"red\" apple\r\n2\tgreen\n", true)
	f.Add("\ufefflabel,text\n01,a b\n1,c d\n", false)
	f.Add(strings.Repeat("\x1a", 900)+",a text\n", false) // a label that makes a long line of an error
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string, tabs bool) {
		path := filepath.Join(dir, map[bool]string{true: "x.tsv", false: "x.csv"}[tabs])
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		data, err := ReadCSVText(path, Text{Dim: 16})
		if err != nil {
			oneLine(t, err, path)
			return
		}
		if n := data.Len(); n > strings.Count(text, "\n")+strings.Count(text, "\r")+1 {
			t.Errorf("%d texts of %d lines", n, strings.Count(text, "\n")+1)
		}
		if slices.Min(data.ClassSizes()) == 0 || len(slices.Compact(slices.Clone(data.ClassNames))) != data.K() {
			t.Errorf("classes %q of sizes %v", data.ClassNames, data.ClassSizes())
		}
		row := make([]float64, 16)
		for i := range data.Len() {
			data.samples.Row(row, i)
			square := 0.0
			for _, v := range row {
				square += v * v
			}
			// 16 squares of numbers of norm 1, each with a few roundings.
			if square != 0 && math.Abs(square-1) > 1e-14 {
				t.Errorf("text %d has norm² %v", i, square)
			}
		}
	})
}

// FuzzTextLabels requires that a file of labels is refused by its name or read, and that
// the labels are the same when they are written one per line and read again.
func FuzzTextLabels(f *testing.F) {
	f.Add("0\n1\n-100\n1.0\n", ".txt", "")
	f.Add("label,more\ncat,1\ndog,2\n", ".csv", "")
	f.Add("a\ty\n1\tx\n", ".tsv", "a")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text, ext, name string) {
		if strings.ContainsFunc(name, unicode.IsControl) {
			t.Skip("names are of whoever measures")
		}
		if !slices.Contains([]string{".txt", ".csv", ".tsv"}, ext) {
			ext = ".txt"
		}
		path, copied := filepath.Join(dir, "x"+ext), filepath.Join(dir, "y.csv")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		raw, err := readLabelsFile(path, name)
		if err != nil {
			oneLine(t, err, path)
			return
		}
		labels, err := raw.classes("none")
		if err != nil {
			oneLine(t, err, path)
			return
		}
		if len(labels.of) != raw.len() || labels.kept > raw.len() {
			t.Fatalf("%d of %d samples", labels.kept, raw.len())
		}
		var b strings.Builder
		b.WriteString("label\n")
		for _, k := range labels.of {
			if k < 0 {
				return // "none" is a label here
			}
			fmt.Fprintf(&b, "\"%s\"\n", strings.ReplaceAll(labels.names[k], `"`, `""`))
		}
		if slices.Contains(labels.names, "") || !slices.IsSorted(labels.names) && labels.numbers == nil {
			return // empty lines are left out; natural order is not one of all names
		}
		if err := os.WriteFile(copied, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		again, err := readLabelsFile(copied, "")
		if err != nil {
			t.Fatalf("%q: %v", b.String(), err)
		}
		if l, err := again.classes("none"); err != nil || !slices.Equal(l.of, labels.of) || !slices.Equal(l.names, labels.names) {
			t.Errorf("%v of %q are %v of %q, %v", labels.of, labels.names, l, b.String(), err)
		}
	})
}

// FuzzFeatures requires that features are refused by their file or measured, all numbers
// of which survive JSON.
func FuzzFeatures(f *testing.F) {
	f.Add(smallFeatures(), "", uint8(0))
	f.Add(smallFeatures(), "1", uint8(1))
	f.Add(bytes.ReplaceAll(smallFeatures(), []byte(`"shape":[4,3]`), []byte(`"shape":[4,1,3]`)), "none", uint8(2))
	path := filepath.Join(f.TempDir(), "x")
	f.Fuzz(func(t *testing.T, content []byte, ignore string, pool uint8) {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		o := &FeatureOptions{Ignore: ignore, Pool: append(poolings, "")[int(pool)%(len(poolings)+1)], Unlabelled: pool > 200, Parts: pool > 100}
		sets, err := OpenFeatures([]string{path}, o)
		if err != nil {
			if text := err.Error(); !strings.Contains(text, path) || strings.Contains(text, "\n") {
				t.Errorf("error %q, want one line with the file", text)
			}
			return
		}
		defer sets[0].Close()
		ev, err := sets[0].Measure(t.Context(), 0)
		if err != nil {
			oneLine(t, err, "")
			return
		}
		survives(t, ev)
		if len(ev.Layers) != len(sets[0].Layers()) {
			t.Errorf("%d layers of %q", len(ev.Layers), sets[0].Layers())
		}
	})
}

// contents returns the JSON that a file of results holds, and the lengths of its arrays.
func contents(f *testing.F, path, kind string) (content, lengths []byte) {
	f.Helper()
	var c json.RawMessage
	all, err := artifact.Read(path, kind, &c)
	if err != nil {
		f.Fatal(err)
	}
	for _, a := range all {
		lengths = append(lengths, byte(len(a.([]float64))))
	}
	return c, lengths
}

// lengthened returns JSON with one of its strings, be it a name or a value, replaced by
// one that no message may repeat, for each string and for each digit, which becomes a
// number.
func lengthened(content []byte) (all [][]byte) {
	for _, at := range regexp.MustCompile(`"[^"\\]*"`).FindAllIndex(content, -1) {
		all = append(all, slices.Concat(content[:at[0]+1], bytes.Repeat([]byte("long\\n"), 1000), content[at[1]-1:]))
	}
	for _, at := range regexp.MustCompile(`[0-9.]+`).FindAllIndex(content, 20) {
		all = append(all, slices.Concat(content[:at[0]], bytes.Repeat([]byte("7"), 5000), content[at[1]:]))
	}
	const some = 8
	if f := flag.Lookup("test.fuzz"); f != nil && f.Value.String() != "" && len(all) > some {
		// go test runs them all. Fuzzing begins with some, so that its time goes into others.
		for i := range some {
			all[i] = all[i*len(all)/some]
		}
		all = all[:some]
	}
	return all
}

// writeContents writes a file of results of the given kind with arrays of the given
// lengths, whose elements are small whole numbers and fractions.
func writeContents(path, kind string, content, lengths []byte) error {
	var all []any
	for i, n := range lengths {
		a := make([]float64, n)
		for j := range a {
			a[j] = float64((7*i+3*j)%9) / float64(1+i%2)
		}
		all = append(all, a)
	}
	if !json.Valid(content) {
		return os.ErrInvalid
	}
	return artifact.Write(path, kind, json.RawMessage(content), all)
}

// smallFeatures returns a file of two layers, labels and a classifier.
func smallFeatures() []byte {
	header := `{"a":{"dtype":"F64","shape":[4,3],"data_offsets":[0,96]},"b":{"dtype":"F64","shape":[4,2],"data_offsets":[96,160]},` +
		`"labels":{"dtype":"I64","shape":[4],"data_offsets":[160,192]},"classifier.weight":{"dtype":"F64","shape":[2,2],"data_offsets":[192,224]}}`
	b := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
	for i := range 20 {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(i*i%7)))
	}
	for _, k := range []uint64{0, 1, 1, 0} {
		b = binary.LittleEndian.AppendUint64(b, k)
	}
	for i := range 4 {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(i)))
	}
	return b
}

// FuzzPartial requires that partial statistics are refused by their file, or written as
// they were read and merged.
func FuzzPartial(f *testing.F) {
	dir := f.TempDir()
	features := filepath.Join(dir, "x.safetensors")
	if err := os.WriteFile(features, smallFeatures(), 0o644); err != nil {
		f.Fatal(err)
	}
	sets, err := OpenFeatures([]string{features}, nil)
	if err != nil {
		f.Fatal(err)
	}
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	if err := sets[0].WritePartial(f.Context(), first, 0, nil); err != nil {
		f.Fatal(err)
	}
	if err := sets[0].WritePartial(f.Context(), second, 0, []string{first}); err != nil {
		f.Fatal(err)
	}
	sets[0].Close()
	content, lengths := contents(f, first, partialKind)
	f.Add(content, lengths)
	f.Add(bytes.Replace(content, []byte(`"gram":true,`), nil, 1), lengths)
	content, lengths = contents(f, second, partialKind)
	f.Add(content, lengths)
	for _, c := range lengthened(content) {
		f.Add(c, lengths)
	}
	f.Fuzz(func(t *testing.T, content, lengths []byte) {
		path := filepath.Join(dir, "x")
		if writeContents(path, partialKind, content, lengths) != nil {
			return
		}
		p, err := readPartial(path)
		if err != nil {
			oneLine(t, err, path)
			return
		}
		copied := filepath.Join(dir, "y")
		if err := p.write(copied); err != nil {
			t.Fatal(err)
		}
		again, err := readPartial(copied)
		if err != nil {
			t.Fatalf("%+v was written and cannot be read: %v", p.partialHeader, err)
		}
		if a, b := fmt.Sprintf("%+v", p.partialHeader), fmt.Sprintf("%+v", again.partialHeader); a != b {
			t.Errorf("%s becomes %s", a, b)
		}
		if ev, err := MergePartials(t.Context(), []string{path, first, second}); err == nil {
			survives(t, ev)
		}
		if ev, err := MergePartials(t.Context(), []string{path}); err == nil {
			survives(t, ev)
		}
	})
}

// FuzzOutcome requires that an outcome in the cache is refused or can be used: its
// network propagates samples.
func FuzzOutcome(f *testing.F) {
	f.Setenv("PNC_CACHE", f.TempDir())
	for _, e := range []Experiment{
		{Data: NearlyOrthonormal{Classes: 2, PerClass: 3, Dim: 6}, Net: Architecture{Depth: 3, Width: 4}, Init: Orthogonal(0.3), Train: Settings{Epochs: 2, LearningRate: 0.1}, CheckAssumptions: true},
		{Data: NearlyOrthonormal{Classes: 2, PerClass: 3, Dim: 6}, Net: Architecture{Depth: 3, Nonlinear: 2, Width: 3}, Train: Settings{Epochs: 2, LearningRate: 0.1}},
	} {
		if _, err := e.Run(f.Context()); err != nil {
			f.Fatal(err)
		}
	}
	entries, err := CacheEntries()
	if err != nil || len(entries) != 2 {
		f.Fatalf("%d entries, %v", len(entries), err)
	}
	for _, e := range entries {
		content, lengths := contents(f, e.File, runKind)
		content = bytes.Replace(content, []byte(e.Key), []byte("key"), 1)
		f.Add(content, lengths)
		for _, c := range lengthened(content) {
			f.Add(c, lengths)
		}
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content, lengths []byte) {
		path := filepath.Join(dir, "x")
		if writeContents(path, runKind, content, lengths) != nil {
			return
		}
		o, err := readOutcome(path, "key")
		if err != nil {
			oneLine(t, err, "")
			return
		}
		_ = o.Result.String()
		survives(t, o.Evaluation)
		if n := o.Network; n != nil && n.In() <= 1<<10 {
			x, err := NewDataset("x", mat.NewDense(2, n.In(), nil), []int{0, 1}, 2)
			if err != nil {
				t.Fatal(err)
			}
			n.Forward(x, n.Depth())
		}
	})
}

// FuzzCheckpoint requires that a checkpoint is refused by its file, or that training goes
// on from it and can be saved again.
func FuzzCheckpoint(f *testing.F) {
	data := Must(NearlyOrthonormal{Classes: 2, PerClass: 3, Dim: 6}.Generate(1))
	trainer := func(method uint8) *Trainer {
		net := Linear(3, 6).Build(data, Orthogonal(0.3), 1)
		s := Settings{Epochs: 9, LearningRate: 0.1, Batch: 4, Method: Full + Method(method%3)}
		if method%4 == 3 {
			s.Optimizer, s.Method = Adam, Full+Method(method/4%2)
		}
		return Must(NewTrainer(net, data, &s))
	}
	dir := f.TempDir()
	for _, method := range []uint8{0, 1, 2, 3, 7} {
		path := filepath.Join(dir, "x")
		t := trainer(method)
		for range 3 {
			t.Step()
		}
		if err := t.Save(path); err != nil {
			f.Fatal(err)
		}
		content, lengths := contents(f, path, checkpointKind)
		f.Add(content, lengths, method)
		for _, c := range lengthened(content) {
			f.Add(c, lengths, method)
		}
	}
	f.Fuzz(func(t *testing.T, content, lengths []byte, method uint8) {
		path := filepath.Join(dir, "x")
		if writeContents(path, checkpointKind, content, lengths) != nil {
			return
		}
		run := trainer(method)
		if err := run.Resume(path); err != nil {
			oneLine(t, err, "checkpoint "+path)
			return
		}
		for range 3 {
			run.Step()
		}
		_ = run.Result().String()
		if err := run.Save(path); err != nil {
			t.Fatal(err)
		}
		if err := trainer(method).Resume(path); err != nil {
			t.Errorf("it was saved and cannot be resumed: %v", err)
		}
	})
}
