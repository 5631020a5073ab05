package cli

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// set is a random feature set: n samples of two layers in three classes.
type set struct {
	one, two []float64 // n×4, n×2
	labels   []int64
}

func randomSet(rnd *rand.Rand, n int, spread float64) (s set) {
	for i := range n {
		s.labels = append(s.labels, int64(i%3))
		for j := range 4 {
			s.one = append(s.one, float64((i%3)*(j+1))+spread*rnd.NormFloat64())
		}
		for j := range 2 {
			s.two = append(s.two, math.Cos(float64(i%3+j))+spread*rnd.NormFloat64())
		}
	}
	return s
}

func (s set) write(t *testing.T, path string, more ...any) string {
	t.Helper()
	n := len(s.labels)
	arrays := append([]any{
		"layer1", npy("<f8", fmt.Sprintf("(%d, 4)", n), s.one), "layer2", npy("<f8", fmt.Sprintf("(%d, 2)", n), s.two),
		"labels", npy("<i8", fmt.Sprintf("(%d,)", n), s.labels)}, more...)
	b, err := os.ReadFile(writeNPZ(t, arrays...))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// c returns C by its definition, in two plain passes.
func (s set) c(z []float64) float64 {
	n := len(s.labels)
	d := len(z) / n
	mean := [4][]float64{make([]float64, d), make([]float64, d), make([]float64, d), make([]float64, d)}
	var count [4]float64
	for i, y := range s.labels {
		count[y]++
		count[3]++
		for j := range d {
			mean[y][j] += z[i*d+j]
			mean[3][j] += z[i*d+j]
		}
	}
	for k := range mean {
		for j := range d {
			mean[k][j] /= count[k]
		}
	}
	var within, between float64
	for i, y := range s.labels {
		for j := range d {
			within += math.Pow(z[i*d+j]-mean[y][j], 2) / float64(n)
		}
	}
	for k := range 3 {
		for j := range d {
			between += math.Pow(mean[k][j]-mean[3][j], 2) / 3
		}
	}
	return within / between
}

// decoded is what --json prints.
type decoded struct {
	Accuracy *float64
	Name     string
	Layers   []map[string]any
	Sets     []decoded
	Weights  string

	CKA, Procrustes [][]float64
	Between         []struct{ CKA, Procrustes [][]float64 }
}

func measureJSON(t *testing.T, args ...string) decoded {
	t.Helper()
	out, _, err := runApart(append([]string{"measure", "--json"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	var v decoded
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func near(t *testing.T, what string, got any, want float64) {
	t.Helper()
	v, ok := got.(float64)
	// Sums of at most a few hundred numbers of order one.
	if !ok || !(math.Abs(v-want) <= 1e-12*math.Abs(want)) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// TestMeasureTwoFiles measures two files that each have labels, in different orders:
// each is measured with its own.
func TestMeasureTwoFiles(t *testing.T) {
	const seed = 1
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	train, test := randomSet(rnd, 60, .1), randomSet(rnd, 45, .3)
	for i := range test.labels { // another order of classes
		test.labels[i] = (test.labels[i] + 1) % 3
	}
	dir := t.TempDir()
	a, b := train.write(t, filepath.Join(dir, "train.npz")), test.write(t, filepath.Join(dir, "test.npz"))
	v := measureJSON(t, a, b)
	if len(v.Sets) != 2 || v.Sets[0].Name != "train.npz" || v.Sets[1].Name != "test.npz" || len(v.Sets[1].Layers) != 2 {
		t.Fatalf("got %+v", v)
	}
	near(t, "C of train, layer1", v.Sets[0].Layers[0]["C"], train.c(train.one))
	near(t, "C of train, layer2", v.Sets[0].Layers[1]["C"], train.c(train.two))
	near(t, "C of test, layer1", v.Sets[1].Layers[0]["C"], test.c(test.one))
	near(t, "C of test, layer2", v.Sets[1].Layers[1]["C"], test.c(test.two))
	out, err := run("measure", "--only", "C", a, b)
	if err != nil || !strings.Contains(out, "file  layer") || strings.Count(out, "test.npz  ") != 2 {
		t.Errorf("printed %s, error %v", out, err)
	}
	csv, _, err := runApart("measure", "--csv", "--only", "C", a, b)
	if err != nil || !strings.HasPrefix(csv, "file,layer,name,n,d,K,C\ntrain.npz,0,layer1,60,4,3,") {
		t.Errorf("printed %s, error %v", csv, err)
	}
	// .npy files in two folders are two sets as well.
	for _, f := range []struct {
		dir string
		s   set
	}{{"a", train}, {"b", test}} {
		if err := os.Mkdir(filepath.Join(dir, f.dir), 0o777); err != nil {
			t.Fatal(err)
		}
		writeFiles(t, filepath.Join(dir, f.dir), map[string][]byte{
			"one.npy":    npy("<f8", fmt.Sprintf("(%d, 4)", len(f.s.labels)), f.s.one),
			"labels.npy": npy("<i8", fmt.Sprintf("(%d,)", len(f.s.labels)), f.s.labels)})
	}
	v = measureJSON(t, filepath.Join(dir, "a"), filepath.Join(dir, "b"))
	near(t, "C in the second folder", v.Sets[1].Layers[0]["C"], test.c(test.one))
	v = measureJSON(t, filepath.Join(dir, "b", "*.npy"))
	near(t, "C by a pattern", v.Layers[0]["C"], test.c(test.one))

	// Labels of another file count only if there are as many.
	bare := writeNPZ(t, "layer1", npy("<f8", "(45, 4)", test.one))
	if _, err := run("measure", a, bare); err == nil || !strings.Contains(err.Error(), "no array labels in "+bare) {
		t.Errorf("a second file without labels: %v", err)
	}
	if _, err := run("measure", "--labels", a, bare); err == nil || !strings.Contains(err.Error(), "features of 45 samples, but there are 60 labels in "+a) {
		t.Errorf("labels of another number: %v", err)
	}
	near(t, "C with labels of another file", measureJSON(t, "--labels", b, bare).Layers[0]["C"], test.c(test.one))
}

func writeFiles(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMeasureBias measures three classes z = μ_y + noise with the classifier of linear
// discriminant analysis, W = μ, b = -|μ|²/2, which is right everywhere; without its
// bias it always takes the longest mean.
func TestMeasureBias(t *testing.T) {
	const seed = 2
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	mu := []float64{1, 1, 2, 2, 4, 4}
	var z []float64
	var labels []int64
	for i := range 90 {
		y := i % 3
		labels = append(labels, int64(y))
		z = append(z, mu[2*y]+.05*rnd.NormFloat64(), mu[2*y+1]+.05*rnd.NormFloat64())
	}
	bias := []float64{-1, -4, -16}
	layer, y, w := npy("<f8", "(90, 2)", z), npy("<i8", "(90,)", labels), npy("<f8", "(3, 2)", mu)
	for _, name := range []string{"classifier.bias", "bias", "fc.bias", "head.bias", "Classifier.Bias"} {
		path := writeNPZ(t, "z", layer, "labels", y, "classifier.weight", w, name, npy("<f8", "(3,)", bias))
		v := measureJSON(t, path)
		if v.Accuracy == nil || *v.Accuracy != 1 || v.Layers[0]["NC4"] != 1. {
			t.Errorf("%s: accuracy %v, NC4 %v", name, v.Accuracy, v.Layers[0]["NC4"])
		}
	}
	for _, weight := range []string{"classifier", "fc.weight", "head.weight"} {
		out, err := run("measure", writeNPZ(t, "z", layer, "labels", y, weight, w))
		if err != nil || !strings.Contains(out, "classifier: 33.33 %") || !strings.Contains(out, "has no bias") {
			t.Errorf("%s without bias printed %s, error %v", weight, out, err)
		}
	}
	path := writeNPZ(t, "z", layer, "labels", y, "fc.weight", w, "out.weight", w, "out.bias", npy("<f8", "(3,)", bias))
	if v := measureJSON(t, "--classifier", "out", "--layers", "z", path); v.Accuracy == nil || *v.Accuracy != 1 {
		t.Errorf("--classifier out: accuracy %v", v.Accuracy)
	}
	if _, err := run("measure", writeNPZ(t, "z", layer, "labels", y, "fc.weight", w, "head.weight", w)); err == nil || !strings.Contains(err.Error(), "--classifier says which counts") {
		t.Errorf("two classifiers: %v", err)
	}
	if _, err := run("measure", writeNPZ(t, "z", layer, "labels", y, "fc.weight", w, "fc.bias", npy("<f8", "(2,)", bias[:2]))); err == nil || !strings.Contains(err.Error(), "fc.bias: of shape (2), but the classifier has 3 rows") {
		t.Errorf("a short bias: %v", err)
	}
	// Where the last layer is what the classifier puts out, the one before is its input.
	path = writeNPZ(t, "z", layer, "fc", npy("<f8", "(90, 3)", make([]float64, 270)), "labels", y, "fc.weight", w, "fc.bias", npy("<f8", "(3,)", bias))
	if v := measureJSON(t, path); v.Accuracy == nil || *v.Accuracy != 1 || v.Layers[0]["NC3"] == nil || v.Layers[1]["NC3"] != nil {
		t.Errorf("with the output of the classifier: accuracy %v, NC3 %v and %v", v.Accuracy, v.Layers[0]["NC3"], v.Layers[1]["NC3"])
	}
	// The output of a layer named classifier is a layer.
	logits := npy("<f8", "(90, 3)", make([]float64, 270))
	out, _, err := runApart("measure", "--only", "C", "--layers", "z,classifier", writeNPZ(t, "classifier", logits, "z", layer, "labels", y, "classifier.weight", w))
	if err != nil || !strings.Contains(out, "classifier  3") {
		t.Errorf("a layer named classifier: %s, %v", out, err)
	}
	// A classifier of more classes than the samples have, by the numbers of its rows.
	wide := npy("<f8", "(5, 2)", []float64{9, -99, 1, 1, 0, 0, 2, 2, 4, 4})
	wideBias := npy("<f8", "(5,)", []float64{-1e3, -1, -1e3, -4, -16})
	some := make([]int64, len(labels))
	for i, k := range labels {
		some[i] = []int64{1, 3, 4}[k]
	}
	v := measureJSON(t, writeNPZ(t, "z", layer, "labels", npy("<i8", "(90,)", some), "fc.weight", wide, "fc.bias", wideBias))
	full := measureJSON(t, writeNPZ(t, "z", layer, "labels", y, "fc.weight", w, "fc.bias", npy("<f8", "(3,)", bias)))
	if v.Accuracy == nil || *v.Accuracy != 1 {
		t.Errorf("classifier with rows of other classes: accuracy %v", v.Accuracy)
	}
	near(t, "NC3 of the rows with samples", v.Layers[0]["NC3"], full.Layers[0]["NC3"].(float64))
}

// TestMeasureLabels measures the same samples with the same classes in every form that
// labels may have.
func TestMeasureLabels(t *testing.T) {
	const seed = 3
	t.Logf("seed %d", seed)
	s := randomSet(rand.New(rand.NewPCG(seed, 0)), 30, .2)
	want := s.c(s.one)
	layer := npy("<f8", "(30, 4)", s.one)
	each := func(f func(y int64) any) (out []any) {
		for _, y := range s.labels {
			out = append(out, f(y))
		}
		return out
	}
	cast := func(f func(y int64) any) []byte { // elements one after the other
		var b []byte
		for _, v := range each(f) {
			b, _ = binary.Append(b, binary.LittleEndian, v)
		}
		return b
	}
	text := func(y int64) any {
		var u [5]uint32
		for i, r := range []string{"cat", "horse", "zebra"}[y] {
			u[i] = uint32(r)
		}
		return u
	}
	for name, labels := range map[string][]byte{
		"int8":        npy("|i1", "(30,)", cast(func(y int64) any { return int8(y) })),
		"uint16":      npy("<u2", "(30,)", cast(func(y int64) any { return uint16(y) })),
		"float32":     npy("<f4", "(30,)", cast(func(y int64) any { return float32(y) })),
		"from one":    npy("<i8", "(30,)", cast(func(y int64) any { return y + 1 })),
		"ImageNet":    npy("<i4", "(30,)", cast(func(y int64) any { return int32(130 + 7*y*y) })),
		"N×1":         npy("<i8", "(30, 1)", s.labels),
		"one-hot":     npy("<f4", "(30, 3)", cast(func(y int64) any { var v [3]float32; v[y] = 1; return v })),
		"text":        npy("<U5", "(30,)", cast(text)),
		"bytes":       npy("|S3", "(30,)", cast(func(y int64) any { return [3]byte{'a', 'b', byte('0' + y)} })),
		"large int64": npy("<i8", "(30,)", cast(func(y int64) any { return 1<<40 + y })),
	} {
		t.Run(name, func(t *testing.T) {
			for _, array := range []string{"labels", "label", "y", "target", "targets", "y_true", "Labels", "Y"} {
				near(t, array, measureJSON(t, writeNPZ(t, "z", layer, array, labels)).Layers[0]["C"], want)
			}
			near(t, "--labels-name", measureJSON(t, "--labels-name", "arr_1", writeNPZ(t, "arr_0", layer, "arr_1", labels)).Layers[0]["C"], want)
		})
	}
	dir := t.TempDir()
	path := writeNPZ(t, "z", layer)
	lines, csv, decimals := "", "id,label\n", ""
	for i, y := range s.labels {
		lines += fmt.Sprintf("class %d\n", y)
		csv += fmt.Sprintf("%d,%d\n", i, y)
		decimals += fmt.Sprintf("%d.0\n", y)
	}
	writeFiles(t, dir, map[string][]byte{"y.txt": []byte(lines), "y.csv": []byte(csv)})
	near(t, ".txt", measureJSON(t, "--labels", filepath.Join(dir, "y.txt"), path).Layers[0]["C"], want)
	near(t, ".csv", measureJSON(t, "--labels", filepath.Join(dir, "y.csv"), path).Layers[0]["C"], want)
	writeFiles(t, dir, map[string][]byte{
		"mark.csv": []byte("\ufefflabel\n" + decimals),
		"y.tsv":    []byte(strings.ReplaceAll(csv, ",", "\t")),
		"swap.txt": []byte("\ufeff" + lines),
	})
	near(t, ".tsv", measureJSON(t, "--labels", filepath.Join(dir, "y.tsv"), path).Layers[0]["C"], want)
	near(t, "labels 3.0", measureJSON(t, "--labels", filepath.Join(dir, "mark.csv"), path).Layers[0]["C"], want)
	near(t, "byte order mark", measureJSON(t, "--labels", filepath.Join(dir, "swap.txt"), path).Layers[0]["C"], want)

	// Samples with the label -100 are left out, with a note.
	with := set{append(append([]float64{1e6, 0, 0, 0}, s.one...), 0, 1e6, 0, 0), nil, append(append([]int64{-100}, s.labels...), -100)}
	out, err := run("measure", writeNPZ(t, "z", npy("<f8", "(32, 4)", with.one), "labels", npy("<i8", "(32,)", with.labels)))
	if err != nil || !strings.Contains(out, "2 of 32 samples have the label -100 and are left out") {
		t.Errorf("printed %s, error %v", out, err)
	}
	near(t, "with ignored samples", measureJSON(t, writeNPZ(t, "z", npy("<f8", "(32, 4)", with.one), "labels", npy("<i8", "(32,)", with.labels))).Layers[0]["C"], want)

	// Arrays by position and two arrays of labels: ask.
	for want, path := range map[string]string{
		"arrays without names, arr_0 (30×4), arr_1 (30); --labels-name": writeNPZ(t, "arr_0", layer, "arr_1", npy("<i8", "(30,)", s.labels)),
		"--labels-name says which count":                                writeNPZ(t, "z", layer, "labels", npy("<i8", "(30,)", s.labels), "y", npy("<i8", "(30,)", s.labels)),
		"row 0 is not":                                                  writeNPZ(t, "z", layer, "y", layer),
	} {
		if _, err := run("measure", path); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line with %q", err, want)
		}
	}
	// What is no layer is left out with a note.
	out, err = run("measure", writeNPZ(t, "z", layer, "labels", npy("<i8", "(30,)", s.labels), "epoch", npy("<i8", "()", []int64{7}), "loss", npy("<f8", "(3,)", make([]float64, 3))))
	if err != nil || !strings.Contains(out, "epoch: left out") || !strings.Contains(out, "loss: left out") {
		t.Errorf("printed %s, error %v", out, err)
	}
}

// TestMeasureConstant checks what is printed of a layer that says nothing: dashes and
// the reason, null in JSON.
func TestMeasureConstant(t *testing.T) {
	z := make([]float32, 4*3)
	for i := range z {
		z[i] = .1
	}
	path := writeNPZ(t, "cls", npy("<f4", "(4, 3)", z), "labels", npy("<i8", "(4,)", []int64{0, 0, 0, 1}))
	out, err := run("measure", path)
	if err != nil || !strings.Contains(out, "-: C, NC1, NC2, NC2 norms, NC2 angles: the class means coincide up to rounding (cls)") {
		t.Errorf("printed %s, error %v", out, err)
	}
	half := make([]uint16, 4*3)
	for i := range half {
		half[i] = 0x6400 + uint16(i/3%2) // 1024 and 1025, next to one another in float16
	}
	coarse := writeNPZ(t, "z", npy("<f2", "(4, 3)", half), "labels", npy("<i8", "(4,)", []int64{0, 1, 0, 1}))
	if out, err := run("measure", coarse); err != nil || !strings.Contains(out, "up to rounding, which is coarse in 16 bits: export float32 (z)") {
		t.Errorf("printed %s, error %v", out, err)
	}
	for _, name := range []string{"C", "D", "NC1", "NC2", "NC4", "CDNV"} {
		if v := measureJSON(t, path).Layers[0]; v[name] != nil {
			t.Errorf("%s = %v", name, v[name])
		}
	}
}

// TestMeasurePool measures what --pool makes of sequences and images, against features
// that are pooled here.
func TestMeasurePool(t *testing.T) {
	const seed, n, steps, dim = 5, 12, 3, 2
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	labels := make([]int64, n)
	z, mask := make([]float64, n*steps*dim), make([]int64, n*steps)
	pooled := map[string][]float64{}
	for _, how := range []string{"mean", "max", "cls", "last", "masked mean", "masked max", "masked last"} {
		pooled[how] = make([]float64, n*dim)
	}
	images := make([]float64, len(z)) // N×C×1×T
	for i := range n {
		labels[i] = int64(i % 3)
		length := 1 + rnd.IntN(steps)
		for j := range dim {
			most, mostMasked, sum, sumMasked := math.Inf(-1), math.Inf(-1), 0., 0.
			for s := range steps {
				v := float64(i%3) + rnd.NormFloat64()
				z[(i*steps+s)*dim+j] = v
				images[(i*dim+j)*steps+s] = v
				most, sum = max(most, v), sum+v
				if s < length {
					mask[i*steps+s] = 1
					mostMasked, sumMasked = max(mostMasked, v), sumMasked+v
					pooled["masked last"][i*dim+j] = v
				}
			}
			at := i*dim + j
			pooled["mean"][at], pooled["max"][at] = sum/steps, most
			pooled["masked mean"][at], pooled["masked max"][at] = sumMasked/float64(length), mostMasked
			pooled["cls"][at], pooled["last"][at] = z[i*steps*dim+j], z[(i*steps+steps-1)*dim+j]
		}
	}
	y := npy("<i8", "(12,)", labels)
	tokens := npy("<f8", "(12, 3, 2)", z)
	plain := writeNPZ(t, "z", tokens, "labels", y)
	masked := writeNPZ(t, "z", tokens, "labels", y, "attention_mask", npy("<i8", "(12, 3)", mask))
	image := writeNPZ(t, "z", npy("<f8", "(12, 2, 1, 3)", images), "labels", y)
	want := func(how string) float64 { return set{labels: labels}.c(pooled[how]) }
	for _, how := range []string{"mean", "max", "cls", "last"} {
		near(t, how, measureJSON(t, "--pool", how, plain).Layers[0]["C"], want(how))
		if pooled["masked "+how] != nil {
			near(t, "masked "+how, measureJSON(t, "--pool", how, masked).Layers[0]["C"], want("masked "+how))
		}
	}
	near(t, "mean of images", measureJSON(t, "--pool", "mean", image).Layers[0]["C"], want("mean"))
	near(t, "max of images", measureJSON(t, "--pool", "max", image).Layers[0]["C"], want("max"))
	near(t, "flatten", measureJSON(t, "--pool", "flatten", plain).Layers[0]["C"], set{labels: labels}.c(z))
	for want, args := range map[string][]string{
		"shape 12×3×2, which has several vectors per sample; --pool": {plain},
		"no first or last position":                                  {"--pool", "cls", image},
		`no pooling "sum"`:                                           {"--pool", "sum", plain},
	} {
		if _, err := run(append([]string{"measure"}, args...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestMeasureParts measures layers in parts, which are told from layers of their own
// by their lengths, and selects layers by patterns.
func TestMeasureParts(t *testing.T) {
	const seed = 6
	t.Logf("seed %d", seed)
	s := randomSet(rand.New(rand.NewPCG(seed, 0)), 30, .2)
	dir := t.TempDir()
	writeFiles(t, dir, map[string][]byte{
		"one_000.npy": npy("<f8", "(14, 4)", s.one[:56]), "one_001.npy": npy("<f8", "(16, 4)", s.one[56:]),
		"two_000.npy": npy("<f8", "(30, 2)", s.two), "labels_000.npy": npy("<i8", "(20,)", s.labels[:20]), "labels_001.npy": npy("<i8", "(10,)", s.labels[20:]),
	})
	v := measureJSON(t, dir)
	if len(v.Layers) != 2 || v.Layers[0]["name"] != "one" || v.Layers[1]["name"] != "two" {
		t.Fatalf("layers %v", v.Layers)
	}
	near(t, "C of parts", v.Layers[0]["C"], s.c(s.one))
	near(t, "C of a single part", v.Layers[1]["C"], s.c(s.two))

	layers := t.TempDir()
	writeFiles(t, layers, map[string][]byte{
		"h_000.npy": npy("<f8", "(30, 4)", s.one), "h_001.npy": npy("<f8", "(30, 2)", s.two), "labels.npy": npy("<i8", "(30,)", s.labels),
	})
	v = measureJSON(t, layers)
	if len(v.Layers) != 2 {
		t.Fatalf("layers %v", v.Layers)
	}
	near(t, "C of the second layer", v.Layers[1]["C"], s.c(s.two))
	if v = measureJSON(t, "--layers", "*_001", layers); len(v.Layers) != 1 || v.Layers[0]["name"] != "h_001" {
		t.Errorf("selected %v", v.Layers)
	}
	for want, args := range map[string][]string{
		`no layer matches "x*"; its layers are h_000, h_001`: {"--layers", "x*", layers},
		"a folder without feature files":                     {t.TempDir()},
		"no file matches":                                    {filepath.Join(dir, "*.npx")},
	} {
		if _, err := run(append([]string{"measure"}, args...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestMeasureFormats measures a file of safetensors, and checks what is said of files
// that cannot be read.
func TestMeasureFormats(t *testing.T) {
	const seed = 7
	t.Logf("seed %d", seed)
	s := randomSet(rand.New(rand.NewPCG(seed, 0)), 30, .2)
	dir := t.TempDir()
	header := `{"l10":{"dtype":"F64","shape":[30,2],"data_offsets":[0,480]},"l2":{"dtype":"F64","shape":[30,4],"data_offsets":[480,1440]},"labels":{"dtype":"I64","shape":[30],"data_offsets":[1440,1680]}}`
	var b []byte
	b = binary.LittleEndian.AppendUint64(b, uint64(len(header)))
	b = append(b, header...)
	for _, v := range []any{s.two, s.one, s.labels} {
		b, _ = binary.Append(b, binary.LittleEndian, v)
	}
	writeFiles(t, dir, map[string][]byte{
		"f.safetensors": b, "x.pt": []byte("\x80\x02}q\x00."), "x.h5": []byte("\x89HDF\r\n\x1a\n0123456789"), "x.txt": []byte("1 2 3\n"),
	})
	v := measureJSON(t, filepath.Join(dir, "f.safetensors"))
	if len(v.Layers) != 2 || v.Layers[0]["name"] != "l2" {
		t.Fatalf("layers %v", v.Layers)
	}
	near(t, "C of l2", v.Layers[0]["C"], s.c(s.one))
	near(t, "C of l10", v.Layers[1]["C"], s.c(s.two))
	for file, want := range map[string]string{"x.pt": "a pickle of Python, as PyTorch writes", "x.h5": "a file of HDF5; export features with np.savez", "x.txt": "not in the NumPy format"} {
		if _, err := run("measure", filepath.Join(dir, file)); err == nil || !strings.Contains(err.Error(), file+": "+want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestMeasurePartial measures parts of the samples apart and merges them: everything
// has the bits of one run over the same parts, also where a part lacks a class and
// where features are too many to be kept for their spectrum.
func TestMeasurePartial(t *testing.T) {
	const seed = 8
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for _, n := range []int{60, 40000} { // 40000×4 features are more than are kept
		s := randomSet(rnd, n, .4)
		for i := range s.labels {
			s.labels[i] += 5
			if i < 10 {
				s.labels[i] = 5 // the first part has one class only
			}
		}
		one, weight, bias := t.TempDir(), npy("<f8", "(3, 2)", []float64{1, 2, -1, 0, 3, 1}), npy("<f8", "(3,)", []float64{.1, .2, .3})
		var dirs []string
		for p, cut := range [][2]int{{0, 10}, {10, n / 2}, {n / 2, n}} {
			a, b := cut[0], cut[1]
			files := map[string][]byte{
				fmt.Sprintf("one_%03d.npy", p):    npy("<f8", fmt.Sprintf("(%d, 4)", b-a), s.one[4*a:4*b]),
				fmt.Sprintf("two_%03d.npy", p):    npy("<f8", fmt.Sprintf("(%d, 2)", b-a), s.two[2*a:2*b]),
				fmt.Sprintf("labels_%03d.npy", p): npy("<i8", fmt.Sprintf("(%d,)", b-a), s.labels[a:b]),
				"fc.weight.npy":                   weight, "fc.bias.npy": bias,
			}
			dirs = append(dirs, t.TempDir())
			writeFiles(t, dirs[p], files)
			writeFiles(t, one, files)
		}
		want, _, err := runApart("measure", "--json", one)
		if err != nil {
			t.Fatal(err)
		}
		var first, second []string
		out := t.TempDir()
		for p, dir := range dirs {
			first = append(first, filepath.Join(out, fmt.Sprintf("%d.part", p)))
			if _, err := run("measure", "--partial", first[p], dir); err != nil {
				t.Fatal(err)
			}
		}
		table, err := run(append([]string{"measure", "--merge"}, first...)...)
		if err != nil || !strings.Contains(table, "-: NC1, NC4: it takes a second pass") {
			t.Errorf("merged first passes print %s, error %v", table, err)
		}
		for p, dir := range dirs {
			second = append(second, filepath.Join(out, fmt.Sprintf("%d.second", p)))
			if _, err := run("measure", "--partial", second[p], "--means", strings.Join(first, ","), dir); err != nil {
				t.Fatal(err)
			}
		}
		got, _, err := runApart(append(append([]string{"measure", "--merge", "--json"}, first...), second...)...)
		if err != nil {
			t.Fatal(err)
		}
		got = strings.Replace(got, `"merged"`, fmt.Sprintf("%q", filepath.Base(one)), 1)
		if got != want {
			t.Errorf("merged:\n%s\none run:\n%s", got, want)
		}
		for want, args := range map[string][]string{
			"name the files of all":  append(append([]string{}, first...), second[1:]...),
			"with other class means": append(append([]string{}, first[1:]...), second...),
			"not partial statistics": {filepath.Join(one, "fc.bias.npy")},
			"no files of first":      second,
		} {
			if _, err := run(append([]string{"measure", "--merge"}, args...)...); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q", err, want)
			}
		}
	}
}

// TestMeasureShards measures files that hold some of the samples each, with their labels,
// as one feature set, and checks what is said where they do not fit together.
func TestMeasureShards(t *testing.T) {
	const seed = 11
	t.Logf("seed %d", seed)
	s := randomSet(rand.New(rand.NewPCG(seed, 0)), 70, .3)
	dir := t.TempDir()
	weight := npy("<f8", "(3, 2)", []float64{1, 2, -1, 0, 3, 1})
	part := func(a, b int) set { return set{s.one[4*a : 4*b], s.two[2*a : 2*b], s.labels[a:b]} }
	var paths []string
	for i, cut := range [][2]int{{0, 1}, {1, 40}, {40, 70}} { // the first one has one class only
		paths = append(paths, part(cut[0], cut[1]).write(t, filepath.Join(dir, fmt.Sprintf("f_%03d.npz", i)), "fc.weight", weight))
	}
	whole := s.write(t, filepath.Join(dir, "whole.npz"), "fc.weight", weight)
	got, want := measureJSON(t, "--shards", filepath.Join(dir, "f_*.npz")), measureJSON(t, whole)
	if len(got.Layers) != 2 || got.Layers[0]["name"] != "layer1" || got.Name != "f" || *got.Accuracy != *want.Accuracy {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	for i, l := range want.Layers {
		for name, v := range l {
			// Statistics are merged part after part.
			if v, ok := v.(float64); ok && math.Abs(got.Layers[i][name].(float64)-v) > 1e-11*math.Abs(v) {
				t.Errorf("%s of layer %d: %v, want %v", name, i, got.Layers[i][name], v)
			}
		}
	}
	out, err := run(append([]string{"measure", "--only", "C"}, paths[1:]...)...)
	if err != nil || !strings.Contains(out, "f_001.npz to f_002.npz are measured as feature sets of their own; if they are parts of one, --shards says so") {
		t.Errorf("without --shards: %s, %v", out, err)
	}
	other := part(40, 70).write(t, filepath.Join(dir, "g_000.npz"), "fc.weight", npy("<f8", "(3, 2)", []float64{1, 2, -1, 0, 3, 2}))
	if _, err := run("measure", "--shards", paths[1], other); err == nil || !strings.Contains(err.Error(), "g_000.npz: fc.weight: another classifier than "+paths[1]) {
		t.Errorf("another classifier: %v", err)
	}
	lacks := writeNPZ(t, "layer1", npy("<f8", "(1, 4)", s.one[:4]), "labels", npy("<i8", "(1,)", s.labels[:1]))
	if _, err := run("measure", "--shards", paths[1], lacks); err == nil || !strings.Contains(err.Error(), "layer2: features of 39 samples, but there are 40 labels") || !strings.HasSuffix(err.Error(), "hold every layer each") {
		t.Errorf("a layer is missing: %v", err)
	}
}

// TestMeasureStandardInput measures what is piped in, which is read twice and leaves no
// copy behind, and checks what is said of a stream that is empty, cut or named twice.
func TestMeasureStandardInput(t *testing.T) {
	const seed = 12
	t.Logf("seed %d", seed)
	s := randomSet(rand.New(rand.NewPCG(seed, 0)), 30, .3)
	dir, temporary := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temporary)
	t.Setenv("TMP", temporary)
	content, err := os.ReadFile(s.write(t, filepath.Join(dir, "f.npz")))
	if err != nil {
		t.Fatal(err)
	}
	piped := func(content []byte, args ...string) (string, error) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			w.Write(content)
			w.Close()
		}()
		before := os.Stdin
		os.Stdin = r
		defer func() {
			os.Stdin = before
			r.Close()
		}()
		out, _, err := runApart(append([]string{"measure", "--json"}, args...)...)
		if left, _ := os.ReadDir(temporary); len(left) > 0 {
			t.Errorf("%v: %d files are left", args, len(left))
		}
		return out, err
	}
	out, err := piped(content, "-")
	var v decoded
	if err != nil || json.Unmarshal([]byte(out), &v) != nil || len(v.Layers) != 2 {
		t.Fatalf("printed %s, error %v", out, err)
	}
	near(t, "C of layer1", v.Layers[0]["C"], s.c(s.one))
	near(t, "C of layer2", v.Layers[1]["C"], s.c(s.two))
	writeFiles(t, dir, map[string][]byte{"labels.npy": npy("<i8", "(30,)", s.labels)})
	out, err = piped(npy("<f8", "(30, 4)", s.one), "--labels", filepath.Join(dir, "labels.npy"), "-")
	v = decoded{}
	if err != nil || json.Unmarshal([]byte(out), &v) != nil || len(v.Layers) != 1 {
		t.Fatalf("one array printed %s, error %v", out, err)
	}
	near(t, "C of one array", v.Layers[0]["C"], s.c(s.one))
	for want, args := range map[string][]string{"standard input: empty": {"-"}, "named twice": {"-", "-"}, "standard input: truncated": {"-"}} {
		stream := content[:len(content)/2]
		if strings.HasSuffix(want, "empty") {
			stream = nil
		}
		if _, err := piped(stream, args...); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: error %v, want %q", args, err, want)
		}
	}
}

// TestMeasureWeights checks that the weights of classes are named in table and JSON and
// change what they should, that residuals come with their fit, and what is said of
// quantities that take another file.
func TestMeasureWeights(t *testing.T) {
	const seed = 13
	t.Logf("seed %d", seed)
	s := randomSet(rand.New(rand.NewPCG(seed, 0)), 60, .3)
	for i := range s.labels {
		if i > 20 && s.labels[i] == 2 {
			s.labels[i] = 1
		}
	}
	path := s.write(t, filepath.Join(t.TempDir(), "f.npz"))
	usual := measureJSON(t, path)
	near(t, "C as published", usual.Layers[0]["C"], s.c(s.one))
	for _, weights := range []string{"samples", "classes"} {
		v := measureJSON(t, "--weights", weights, path)
		if v.Weights != weights || v.Layers[0]["C"] == usual.Layers[0]["C"] || v.Layers[0]["D"] != usual.Layers[0]["D"] {
			t.Errorf("%s: weights %q, C %v, D %v", weights, v.Weights, v.Layers[0]["C"], v.Layers[0]["D"])
		}
		if out, err := run("measure", "--weights", weights, "--only", "C", path); err != nil || !strings.Contains(out, "classes count ") {
			t.Errorf("%s: %s, %v", weights, out, err)
		}
	}
	if out, err := run("measure", "--only", "C", path); err != nil || strings.Contains(out, "classes count ") || !strings.Contains(out, "classes have 7 to 33 samples and count as in the paper") || usual.Weights != "" {
		t.Errorf("as published: %s, %v", out, err)
	}
	v := measureJSON(t, "--residual", path)
	named, _ := v.Layers[0]["residual"].(float64)
	if csv, _, err := runApart("measure", "--csv", "--only", "residual", path); err != nil || !strings.Contains(csv, fmt.Sprint(named)) || !(named > 0 && named < 1) {
		t.Errorf("residual %v, CSV %s, %v", named, csv, err)
	}
	if usual.Layers[0]["residual"] != nil {
		t.Errorf("residual without --residual: %v", usual.Layers[0]["residual"])
	}
	for want, args := range map[string][]string{
		"NCCtest takes a file of held-out features, given by --test": {"--only", "NCCtest", path},
		"NC5 takes a file of features":                               {"--only", "NC5", path},
		"no weights \"equal\"":                                       {"--weights", "equal", path},
		"residual takes the features themselves":                     {"--only", "residual", "--merge", path},
	} {
		if _, err := run(append([]string{"measure"}, args...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestMeasureSimilarity checks similarities within and between files in table, JSON and
// page, and the note where files do not hold the same samples.
func TestMeasureSimilarity(t *testing.T) {
	const seed = 14
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	a, c := randomSet(rnd, 30, .3), randomSet(rnd, 45, .3)
	b := set{append([]float64{}, a.one...), append([]float64{}, a.two...), a.labels}
	for i := range b.one {
		b.one[i] = 5 - 2*b.one[i] // the same shape
	}
	paths := []string{a.write(t, filepath.Join(dir, "a.npz")), b.write(t, filepath.Join(dir, "b.npz")), c.write(t, filepath.Join(dir, "c.npz"))}
	page := filepath.Join(dir, "page.html")
	out, notes, err := runApart(append([]string{"measure", "--only", "C", "--cka", "--procrustes", "--html", page}, paths...)...)
	if err != nil || strings.Count(out, "CKA") != 4 || strings.Count(out, "Procrustes distance") != 4 || !strings.Contains(out, "CKA of a.npz (rows) and b.npz") {
		t.Errorf("printed %s, error %v", out, err)
	}
	if strings.Count(notes, "similarity takes the same samples in the same order") != 2 {
		t.Errorf("notes %s", notes)
	}
	html, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(html), "CKA of a.npz (rows) and b.npz") {
		t.Errorf("the page lacks similarities between sets, error %v", err)
	}
	v := measureJSON(t, "--cka", "--procrustes", paths[0], paths[1])
	if len(v.Between) != 1 || len(v.Sets[0].CKA) != 2 || len(v.Sets[0].Procrustes) != 2 {
		t.Fatalf("got %+v", v)
	}
	// The square of a distance is accurate to some 8·2⁻⁵².
	if m := v.Between[0]; math.Abs(m.CKA[0][0]-1) > 1e-13 || m.Procrustes[0][0] > 1e-7 || m.Procrustes[1][1] > 1e-7 || m.CKA[0][1] != v.Sets[0].CKA[0][1] {
		t.Errorf("similarities %+v", m)
	}
	out, err = run("compare", "--cka", "--procrustes", paths[0], paths[1])
	if err != nil || strings.Count(out, "CKA of a.npz (rows) and b.npz") != 1 {
		t.Errorf("compare printed %s, error %v", out, err)
	}
}
