//go:build !js

package pnc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/arrays"
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/npz"
)

// sound calls the API with random arguments that are sound: none may panic or return an
// error, and no result may contradict the arguments.
type sound struct {
	*testing.T
	rnd   *rand.Rand
	large bool // beyond the sizes at which other paths begin, see docs/paths.md
	where string
}

// try calls f and reports a panic, with what it was called for.
func (s *sound) try(what string, f func()) {
	s.Helper()
	defer func() {
		if v := recover(); v != nil {
			s.Errorf("%s: %s: panic: %v\n%s", s.where, what, v, debug.Stack())
		}
	}()
	f()
}

// ok reports an error, and that it is none of those that sound arguments may have.
func (s *sound) ok(what string, err error) bool {
	s.Helper()
	if err != nil && !errors.Is(err, ErrDiverged) {
		s.Errorf("%s: %s: error %v", s.where, what, err)
	}
	return err == nil
}

// in returns a number from lo to hi.
func (s *sound) in(lo, hi int) int { return lo + s.rnd.IntN(hi-lo+1) }

// some reports true in one of n cases.
func (s *sound) some(n int) bool { return s.rnd.IntN(n) == 0 }

// between returns a number between lo and hi, on a logarithmic scale.
func (s *sound) between(lo, hi float64) float64 {
	return lo * math.Pow(hi/lo, s.rnd.Float64())
}

// draw returns one of the values.
func draw[V any](s *sound, values ...V) V { return values[s.rnd.IntN(len(values))] }

// source returns a source, or one that selects from another.
func (s *sound) source() Source {
	classes, per, dim := s.in(2, 6), s.in(3, 12), s.in(2, 25)
	if s.large {
		switch s.in(0, 3) {
		case 0: // blocks of a class, Gram matrices, products in bands
			per, dim = s.in(257, 400), s.in(30, 70)
		case 1: // sections and packing of products
			dim = s.in(513, 700)
		case 2:
			classes, per = s.in(30, 50), s.in(3, 20)
		case 3:
			per, dim = s.in(60, 90), s.in(100, 300)
		}
	}
	var of Source
	if s.some(4) {
		kinds := []string{"images", "images", "constant", "twice", "alone", "single", "tiny", "huge", "far", "zeros", "one axis"}
		return oddData{draw(s, kinds...), classes, per, dim}
	}
	switch s.in(0, 7) {
	case 0:
		of = NearlyOrthonormal{Classes: classes, PerClass: min(per, 12), Dim: max(dim, classes*min(per, 12)), Noise: s.rnd.Float64(), Common: float64(s.in(0, 1))}
	case 1:
		of = GaussianSpectrum{Classes: classes, PerClass: per, Dim: dim}
	case 2:
		of = Uniform{classes, per, dim}
	case 3:
		of = Topics{Classes: classes, PerClass: per, Vocabulary: max(dim, 30), Length: s.in(5, 40)}
	case 4:
		of = Glyphs{PerClass: s.in(3, 5), Standardize: s.some(2), Variation: s.rnd.Float64()}
	case 5:
		parts := s.in(1, 3)
		of = Subclasses{Classes: classes, Parts: parts, PerPart: min(per, 60), Dim: max(dim, classes*parts), Noise: s.rnd.Float64(), Fine: s.some(2), Draw: s.in(0, 2)}
	default:
		of = Blobs{Classes: classes, PerClass: per, Dim: dim, Spread: s.between(1e-3, 3), Common: float64(s.in(0, 1))}
	}
	for range s.in(0, 2) {
		d, err := of.Generate(1)
		if !s.ok(fmt.Sprintf("%#v", of), err) {
			return of
		}
		least, k := slices.Min(d.ClassSizes()), d.K()
		switch s.in(0, 3) {
		case 0:
			sizes := make([]int, k)
			for i := range sizes {
				sizes[i] = s.in(1, least)
			}
			of = Unbalanced{of, sizes}
		case 1:
			of = OnlyClasses{of, s.rnd.Perm(k)[:s.in(2, k)]}
		case 2:
			to := make([]int, k)
			for i := range to {
				to[i] = i % 2
			}
			of = Relabeled{Of: of, To: to}
		case 3:
			if least > 5 {
				of = Portion{of, 0.2, 0.9}
			}
		}
	}
	return of
}

// oddData is data that is sound and unlike what anybody measures on purpose.
type oddData struct {
	Kind                   string
	Classes, PerClass, Dim int
}

func (o oddData) Generate(seed int) (*Dataset, error) {
	rnd := rand.New(rand.NewPCG(uint64(seed), 5))
	per, dim := o.PerClass, o.Dim
	switch o.Kind {
	case "alone":
		per = 1
	case "single":
		dim = 1
	}
	n := o.Classes * per
	if o.Kind == "images" {
		return randomImages(Shape{2, 8, 8}, n, o.Classes, seed), nil
	}
	x, labels := mat.NewDense(n, dim, nil), make([]int, n)
	for i := range labels {
		labels[i] = i % o.Classes
	}
	x.Apply(func(i, j int, _ float64) float64 {
		v := rnd.NormFloat64() + float64(labels[i]*(j%3))
		switch o.Kind {
		case "constant": // of all samples
			return 0.1 * float64(j+1)
		case "twice": // every class is one sample, several times
			return math.Sin(float64(7*labels[i] + j))
		case "tiny":
			return 1e-150 * v
		case "huge":
			return 1e150 * v
		case "far":
			return 1e12 + v
		case "zeros": // of all classes but one
			return v * float64(labels[i]/(o.Classes-1))
		case "one axis":
			return float64(labels[i]) * math.Cos(float64(j))
		}
		return v
	}, x)
	return NewDataset(o.Kind, x, labels, o.Classes)
}

// architecture returns one that is possible for data.
func (s *sound) architecture(data *Dataset) Architecture {
	depth := s.in(2, 5)
	width := data.K() + s.in(0, 20)
	if s.large && s.some(2) {
		width = s.in(200, 450)
	}
	a := Architecture{Depth: depth, Width: width, Nonlinear: s.in(0, depth-1), BatchNorm: s.some(2), Bias: s.some(2)}
	if depth > 2 && s.some(3) {
		a.Residual = draw(s, 1, depth-2)
		a.PostActivation = a.Nonlinear > a.Residual && (a.Residual == 1 || s.some(2))
	}
	if shape := data.Shape(); shape.area() == 64 {
		a.Residual, a.PostActivation = 0, false
		a.Extractor = Extractor{Channels: s.in(1, 4), Stages: s.in(1, 3), Blocks: s.in(1, 2), Residual: s.some(2)}
		if a.Depth = s.in(1, 3); a.Depth == 1 {
			a.Extractor.Channels = data.K() // as many features as classes at least
		}
		a.Nonlinear = s.in(0, a.Depth-1)
	}
	return a
}

func (s *sound) init() Init {
	return draw(s, PyTorchDefault(), Orthogonal(s.between(0.05, 1)), KaimingNormal(), Gaussian(s.between(0.01, 0.3)), Identity(0.5))
}

func (s *sound) settings(data *Dataset) *Settings {
	o := &Settings{
		Loss: draw(s, MSE, CrossEntropy), Alpha: draw(s, 0, 1, 3.), LearningRate: s.between(1e-4, 0.02), Momentum: draw(s, 0, 0.9), WeightDecay: draw(s, 0, 1e-4),
		Schedule: draw(s, Constant(), Cosine(0.1), StepDecay(1, 0.5), Schedule{Kind: "cosine", Period: 2, Factor: 0.5, PerStep: true}),
		Batch:    s.batch(data.Len()), Epochs: s.in(1, 3), Precision: draw(s, Float64, Float32), Seed: s.in(0, 9),
		MeasureEvery: s.in(0, 2), Measures: draw(s, 0, Scatter, Collapse, Scatter|Residual),
	}
	if s.some(4) {
		o.Optimizer, o.Momentum, o.Beta1, o.Eps = draw(s, Adam, AdamW), 0, draw(s, 0, 0.5), draw(s, 0, 1e-4)
	}
	return o
}

// batch returns a size of batches such that none has a single sample of n, which
// BatchNorm refuses.
func (s *sound) batch(n int) int {
	b := draw(s, 0, 2+s.rnd.IntN(n+2), max(2, n/3))
	for b > 0 && b < n && n%b == 1 {
		b++
	}
	return b
}

// TestSoundArguments drives the whole API with random sound arguments: small ones, and
// such that are beyond the sizes at which blocking, packing and approximate paths begin.
func TestSoundArguments(t *testing.T) {
	const seed = 71
	t.Logf("seed %d", seed)
	RegisterSource(oddData{})
	small, large := 80, 16
	if testing.Short() {
		small, large = 12, 2
	}
	for number := range small + large {
		s := &sound{T: t, rnd: rand.New(rand.NewPCG(seed, uint64(number))), large: number >= small}
		source := s.source()
		s.where = fmt.Sprintf("case %d, %#v", number, source)
		began := time.Now()
		s.try("all", func() { s.all(source) })
		t.Logf("case %d: %.1f s", number, time.Since(began).Seconds())
	}
}

func (s *sound) all(source Source) {
	seed := s.in(0, 100)
	data, err := source.Generate(seed)
	if !s.ok("Generate", err) {
		return
	}
	s.try("data", func() { s.data(data) })
	a, init := s.architecture(data), s.init()
	if !s.ok("Check", a.Check(data.Shape(), data.K())) {
		return
	}
	net := a.Build(data, init, seed)
	s.where += fmt.Sprintf(", %+v, %v", a, init)
	s.try("network", func() { s.network(net, data) })
	s.try("training", func() { s.training(net, data) })
	s.try("measures", func() { s.measures(net, data) })
	s.try("features", func() { s.features(net, data) })
	s.try("theory", func() { s.theory() })
	s.try("maps", func() { s.maps(net, data) })
	s.try("lab", func() { s.lab(source, a, init, data) })
}

func (s *sound) data(data *Dataset) {
	n, d, k := data.Len(), data.Dim(), data.K()
	if r, c := data.X().Dims(); r != n || c != d || data.Shape().Dim() != d || len(data.Row(nil, n-1)) != d {
		s.Errorf("%s: %d×%d, not %v", s.where, r, c, data)
	}
	if r, c := data.OneHot().Dims(); r != n || c != k {
		s.Errorf("%s: one-hot %d×%d", s.where, r, c)
	}
	_, _, _ = data.String(), data.Describe(), data.Shape().String()
	sizes := data.ClassSizes()
	least := slices.Min(sizes)
	if data.Balanced() != (least == slices.Max(sizes)) {
		s.Errorf("%s: balanced: %v of %v", s.where, data.Balanced(), sizes)
	}
	_, err := data.PerClass(s.in(1, least), 1)
	s.ok("PerClass", err)
	_, err = data.Classes(s.rnd.Perm(k)[:s.in(2, k)]...)
	s.ok("Classes", err)
	_, err = data.Subset(s.rnd.Perm(n))
	s.ok("Subset", err)
	if least > 1 {
		_, _, err = data.Split(0.4, 1)
		s.ok("Split", err)
	}
	_, err = data.Normalize([]float64{0.5}, []float64{2})
	s.ok("Normalize", err)
	if m := MeasureData(data.Standardize()); m.N != n || m.String() == "" {
		s.Errorf("%s: %v", s.where, m)
	}
	Theta(data)
	MinNormSolution(data, 1)
	SeparationFloor(data)
}

func (s *sound) network(net *Network, data *Dataset) {
	all := net.Forward(data)
	if len(all) != net.Depth()+1 || net.In() != data.Dim() || net.Out() != data.K() {
		s.Errorf("%s: %d layers from %d to %d", s.where, len(all), net.In(), net.Out())
	}
	for i := range net.Layers {
		l := &net.Layers[i]
		if _, c := all[i].Dims(); l.In() != c || l.Out() != l.Shape().Dim() {
			s.Errorf("%s: layer %d: %d to %d", s.where, i, l.In(), l.Out())
		}
	}
	if net.IsLinear() {
		net.Product(net.Depth(), 1)
	}
	_, err := net.FeatureData(data, s.in(0, net.Depth()-1))
	s.ok("FeatureData", err)
	file := filepath.Join(s.TempDir(), "net"+draw(s, ".npz", ".safetensors"))
	if s.ok("Save", Save(file, net, Float64)) {
		back, err := Load(file, nil)
		if s.ok("Load", err) && !reflect.DeepEqual(back, net.Clone()) {
			s.Errorf("%s: another network came back", s.where)
		}
	}
	TopAccuracy(all[net.Depth()], data.Labels, s.in(1, data.K()))
	s.weights(net, data)
}

// weights calls what compares weights with features.
func (s *sound) weights(net *Network, data *Dataset) {
	for _, a := range MeasureAngles(net, data, s.in(0, 2*data.K())) {
		overlap, chance := a.Overlap(), a.Chance()
		if defined := len(a.Angles) > 0 && a.Gap > 1e-12; defined && !(overlap >= 0 && overlap <= 1 && chance > 0 && chance <= 1) {
			s.Errorf("%s: %+v: overlap %v, by chance %v", s.where, a, overlap, chance)
		}
	}
	for _, g := range GradientProducts(net, data) {
		if g != nil && mat.Trace(g) < 0 {
			s.Errorf("%s: a gradient product with a negative trace", s.where)
		}
	}
	if net.In() > 300 { // eigenvectors take seconds
		return
	}
	for _, a := range CheckFeatureAnsatz(net, data) {
		if a.Cosine < 0 || a.Cosine > 1 || a.RootCosine < 0 || a.RootCosine > 1 {
			s.Errorf("%s: %+v", s.where, a)
		}
	}
}

func (s *sound) training(net *Network, data *Dataset) {
	settings := s.settings(data)
	s.where += fmt.Sprintf(", %+v", *settings)
	ctx := s.Context()
	start := net.Clone()
	trained := net.Clone()
	trainer, err := NewTrainer(trained, data, settings)
	if !s.ok("NewTrainer", err) {
		return
	}
	trainer.Step()
	_ = trainer.State().String()
	_, _ = trainer.State().Rate(), trainer.State().Progress().String()
	file := filepath.Join(s.TempDir(), "checkpoint")
	s.ok("Trainer.Save", trainer.Save(file))
	for trainer.Epoch(ctx) {
	}
	if err := trainer.Err(); err != nil || trainer.Network().Depth() != net.Depth() {
		s.ok("Trainer.Err", err)
		return
	}
	*net = *trained // which has not diverged
	_, err = trainer.Measure(ctx, nil)
	s.ok("Trainer.Measure", err)
	result := trainer.Result()
	_, _ = result.String(), result.Status.Early()
	if len(result.History.Snapshots) > 0 {
		result.History.HalfTimes()
	}
	result.History.Below(0.1)
	again, err := NewTrainer(start.Clone(), data, settings)
	if s.ok("NewTrainer", err) && s.ok("Resume", again.Resume(file)) {
		for again.Epoch(ctx) {
		}
		if got := again.Result(); got.Loss != result.Loss && gemm.Path() != "openblas" {
			s.Errorf("%s: resumed to loss %v, not %v", s.where, got.Loss, result.Loss)
		}
	}
	res, err := Train(ctx, start, data, settings)
	if s.ok("Train", err) && res.Loss != result.Loss && gemm.Path() != "openblas" { // it has not always the same bits
		s.Errorf("%s: trained to loss %v, not %v", s.where, res.Loss, result.Loss)
	}
}

func (s *sound) evaluation(ev *Evaluation) {
	_ = ev.String()
	s.ok("WriteTable", WriteTable(io.Discard, []*Evaluation{ev, ev}, Quantities()[:s.in(1, 5)]...))
	s.ok("Evaluation.WriteTable", ev.WriteTable(io.Discard))
	s.ok("WriteCSV", WriteCSV(io.Discard, []*Evaluation{ev, ev}))
	s.ok("Evaluation.WriteCSV", ev.WriteCSV(io.Discard))
	for _, q := range Quantities() {
		for _, m := range ev.Layers {
			if v := q.Of(m); math.IsInf(v, 0) {
				s.Errorf("%s: %s of %s is %v", s.where, q.Name, m.Name, v)
			}
		}
	}
	Averages(ev.C(), ev.D())
	Collect([]*Evaluation{ev}, (*Evaluation).C)
	MeanOver([]*Evaluation{ev, ev}, (*Evaluation).D)
	MaxRelative(ev.C(), ev.C())
	ev.CRatios()
	ev.WhyUndefined()
	ev.WhyAtMost()
	accuracies := ev.Series(func(m LayerMeasures) float64 { return m.NC4 })
	TunnelStart(accuracies, 0.95)
	MinimalDepth(accuracies, 0.1)
	if len(ev.Layers) > 1 {
		f := FitGeometric(ev.C())
		_, _, _, _ = f.String(), f.Rate(), f.HalfLife(), f.At(1)
		FitLinear(ev.D())
		Exponent(Ratios([]float64{1, 2, 4}), Ratios([]float64{1, 3, 9}))
		Crossing(ev.C(), ev.D(), 0.5)
	}
	text, err := json.Marshal(ev)
	var back Evaluation
	if s.ok("JSON", err) && s.ok("from JSON", json.Unmarshal(text, &back)) {
		if again := Must(json.Marshal(back)); !bytes.Equal(again, text) {
			s.Errorf("%s: JSON comes back as other JSON", s.where)
		}
	}
	NumericalRank(ev.Layers[0].SingularValues, 0.9)
}

func (s *sound) measures(net *Network, data *Dataset) {
	ctx := s.Context()
	s.evaluation(Measure(net, data))
	o := &MeasureOptions{Measures: draw(s, 0, Scatter, Collapse, Spectrum, Everything|PerClass|Residual), Precision: draw(s, Float64, Float32), Batch: s.in(0, 40)}
	if s.some(2) {
		o.Layers = []int{s.in(0, net.Depth()-1)}
	}
	ev, err := MeasureWith(ctx, net, data, o)
	if s.ok("MeasureWith", err) {
		s.evaluation(ev)
	}
	features := net.Forward(data, net.Depth()-1)[0]
	ev, err = MeasureFeatures([]LayerFeatures{{"x", data.X()}, {"z", features}}, data.Labels, data.K(), net.Layers[net.Depth()-1].W)
	if s.ok("MeasureFeatures", err) {
		s.evaluation(ev)
	}
	probe := &ProbeOptions{Ridge: draw(s, 0, 0.1), Precision: draw(s, Float64, Float32)}
	// Squares beyond the range of numbers, of huge data or of a network that the last step of
	// training has driven there, are refused.
	largest := 0.0
	for _, z := range net.Forward(data) {
		largest = max(largest, mat.Max(z), -mat.Min(z))
	}
	if !(largest < math.Sqrt(math.MaxFloat32)) {
		probe.Precision = Float64
	}
	if !(largest < math.Sqrt(math.MaxFloat64/float64(data.Len()*data.Dim()))) {
		return
	}
	switch s.in(0, 3) {
	case 0:
		probe.Steps, probe.Rate = s.in(1, 20), 1.5*s.rnd.Float64()
	case 1:
		probe.SGD = s.settings(data)
		probe.SGD.LearningRate = 1e-4
	}
	_, err = Probe(ctx, net, data, data, probe)
	s.ok(fmt.Sprintf("Probe %+v", *probe), err)
	_, err = Transfer(ctx, net, s.in(0, net.Depth()), data, nil, nil, probe)
	s.ok("Transfer", err)
}

// features measures features that are read from files.
func (s *sound) features(net *Network, data *Dataset) {
	ctx, dir := s.Context(), s.TempDir()
	var list []arrays.Values
	single := s.some(2) && !strings.Contains(s.where, "huge") && !strings.Contains(s.where, "tiny") // beyond float32
	for i, z := range net.Forward(data) {
		if i == net.Depth() || net.Layers[min(i, net.Depth()-1)].In() > 5000 {
			continue
		}
		n, d := z.Dims()
		list = append(list, arrays.Values{Name: fmt.Sprintf("layer%d", i), Shape: []int{n, d}, Data: mat.DenseCopyOf(z).RawMatrix().Data, Single: single})
	}
	labels := make([]float64, data.Len())
	for i, k := range data.Labels {
		labels[i] = float64(k)
	}
	list = append(list, arrays.Values{Name: "labels", Shape: []int{len(labels)}, Data: labels})
	file := filepath.Join(dir, "features.npz")
	f, err := os.Create(file)
	if !s.ok("Create", err) || !s.ok("npz.Write", npz.Write(f, nil, list)) || !s.ok("Close", f.Close()) {
		return
	}
	set, err := ReadFeatures([]string{file}, nil)
	if s.ok("ReadFeatures", err) {
		_, err = set.Measure()
		s.ok("FeatureSet.Measure", err)
	}
	one := filepath.Join(dir, "one.npz")
	f, err = os.Create(one)
	if s.ok("Create", err) && s.ok("npz.Write", npz.Write(f, nil, []arrays.Values{list[0], list[len(list)-1]})) && s.ok("Close", f.Close()) {
		_, err = ReadSamples(one, nil)
		s.ok("ReadSamples", err)
	}
	sets, err := OpenFeatures([]string{file}, &FeatureOptions{Weights: draw(s, AsPublished, BySamples, ByClasses)})
	if !s.ok("OpenFeatures", err) {
		return
	}
	defer sets[0].Close()
	all := sets[0]
	if all.Len() != data.Len() || len(all.ClassNames()) != data.K() || !slices.Equal(all.ClassSizes(), data.ClassSizes()) || all.HasClassifier() || len(all.Layers()) != len(list)-1 {
		s.Errorf("%s: features of %d samples", s.where, all.Len())
	}
	ev, err := all.Measure(ctx, draw(s, 0, Scatter, Everything|Residual|PerClass))
	if !s.ok("StoredFeatures.Measure", err) {
		return
	}
	s.ok("HeldOut", all.HeldOut(ctx, ev, all, 1))
	s.ok("OutOfDistribution", func() error {
		other, err := OpenFeatures([]string{file}, &FeatureOptions{Unlabelled: true})
		if err != nil {
			return err
		}
		defer other[0].Close()
		return all.OutOfDistribution(ctx, ev, other[0])
	}())
	s.ok("Bootstrap", all.Bootstrap(ctx, ev, 3, 1))
	s.ok("SameSamples", all.SameSamples(all))
	if all.Len() >= 4 { // as CKA takes
		s.ok("Similarity", all.Similarity(ctx, ev, CKA|Procrustes, 1))
		_, err = all.CompareLayers(ctx, all, CKA, 1)
		s.ok("CompareLayers", err)
	}
	s.evaluation(ev)
	if all.weights == AsPublished {
		part, second := filepath.Join(dir, "a.part"), filepath.Join(dir, "b.part")
		if s.ok("WritePartial", all.WritePartial(ctx, part, Everything, nil)) && s.ok("WritePartial of the second pass", all.WritePartial(ctx, second, Everything, []string{part})) {
			_, err = MergePartials(ctx, []string{part, second})
			s.ok("MergePartials", err)
		}
	}
}

// lowRank calls what compares arrangements of k and more classes.
func (s *sound) lowRank(depth, k int) {
	points, decay := s.in(4, 7), s.between(1e-5, 1)
	what := fmt.Sprintf("depth %d, %d classes, %d points, decay %g: ", depth, k, points, decay)
	for name, z := range map[string]*mat.Dense{
		"SimplexLogits": SimplexLogits(2*k, draw(s, 1, k)), "PolygonLogits": PolygonLogits(k + 1), "TriangularLogits": TriangularLogits(points),
	} {
		s.try(what+name, func() {
			n, _ := z.Dims()
			cost, margin := MarginCost(z, blockLabels(n, 1), depth), Margin(z, blockLabels(n, 1))
			if math.Abs(margin-1) > 1e-12 || math.Abs(cost-SchattenCost(z, depth)) > 1e-10*cost {
				s.Errorf("%s: %s%s: margin %v, cost %v", s.where, what, name, margin, cost)
			}
			// No more than at 0, a mean of n losses that are all 1 or log n, which is rounded n times.
			most := max(1, math.Log(float64(n))) * (1 + float64(n)*0x1p-52)
			if scale, e := BestScale(z, cost, depth, draw(s, MSE, CrossEntropy), decay); !(scale >= 0 && e >= 0 && e <= most) {
				s.Errorf("%s: %s%s: best scale %v with objective %v", s.where, what, name, scale, e)
			}
		})
	}
	s.try(what+"CollapseWidth", func() {
		if w := CollapseWidth(k, depth, s.between(0.05, 1), s.between(1, 20)); !(w >= float64(k)) {
			s.Errorf("%s: %scollapse width %v", s.where, what, w)
		}
	})
	s.try(what+"TriangularNetwork", func() {
		net := TriangularNetwork(points, depth, s.between(0.1, 3))
		data, err := OneHot{Classes: net.Out(), PerClass: 1}.Generate(1)
		s.ok("OneHot", err)
		global, local := DecayThresholds(RepresentationCost(net), depth)
		_, e := ShrunkenScale(RepresentationCost(net), depth, decay)
		if o := Objective(net, data, &Settings{WeightDecay: decay}); !(o > 0 && e > 0 && global <= local) {
			s.Errorf("%s: %sobjective %v, best %v, thresholds %v and %v", s.where, what, o, e, global, local)
		}
	})
}

func (s *sound) theory() {
	k, per := s.in(2, 5), s.in(2, 8)
	if s.large {
		k, per = s.in(3, 10), s.in(10, 30)
	}
	dim := k*per + s.in(0, 30)
	source := NearlyOrthonormal{Classes: k, PerClass: per, Dim: dim, Noise: s.rnd.Float64(), Common: float64(s.in(0, 1))}
	data, err := source.Generate(s.in(0, 9))
	if !s.ok("NearlyOrthonormal", err) {
		return
	}
	law := Law{Depth: s.in(3, 6), Scale: s.between(0.05, 0.5), Alpha: draw(s, 0, 1, 10, 100.)}
	what := fmt.Sprintf("%#v, %+v: ", source, law)
	l := s.in(0, law.Depth-1)
	s.try(what+"Predict", func() { s.evaluation(Predict(data, law)) })
	s.try(what+"PredictWith", func() { PredictWith(data, Law{law.Depth, law.Scale, law.Alpha, dim + s.in(0, 20)}, Scatter) })
	s.try(what+"PredictSeeds", func() {
		_, err := PredictSeeds(source, law, 2)
		s.ok(what+"PredictSeeds", err)
	})
	s.try(what+"PredictSeparation", func() { PredictSeparation(data, law) })
	s.try(what+"HeadSlope", func() { HeadSlope(data, law, l) })
	s.try(what+"HeadBoundary", func() { HeadBoundary(data, law, l) })
	s.try(what+"OrthonormalC", func() { OrthonormalC(per, k, law) })
	s.try(what+"ScaleDeviation", func() { ScaleDeviation(per, k, dim, law) })
	s.try(what+"SaddleEpochs", func() { SaddleEpochs(per, k, law, 0.1) })
	s.lowRank(law.Depth, k)
	s.try(what+"MeansPower", func() { MeansPower(data, law.Depth) })
	s.try(what+"Shrinkage", func() { Shrinkage(law.Depth) })
	s.try(what+"DiscriminationBound", func() { DiscriminationBound(Theta(data), 0, law.Depth) })
	s.try(what+"PredictTransfer", func() {
		_, err := PredictTransfer(s.Context(), data, law, l, data, data, &ProbeOptions{Ridge: 0.1})
		s.ok(what+"PredictTransfer", err)
	})
	net := Linear(law.Depth, dim).Build(data, Orthogonal(law.Scale), 1)
	s.try(what+"PredictAssumptions", func() {
		p := PredictAssumptions(data, law, dim)
		_ = p.String()
		s.ok("Assumptions.WriteTable", p.WriteTable(io.Discard))
	})
	s.try(what+"CheckAssumptions", func() { _ = CheckAssumptions(net, data, 1).String() })
	s.try(what+"MinNormResidual", func() { MinNormResidual(net, data, 1) })
	s.try(what+"ModeTime", func() {
		if v := ModeTime(law.Depth, 0.1, 1, s.between(1e-3, 0.1), 0.9); !(v > 0) {
			s.Errorf("%s: %smode time %v", s.where, what, v)
		}
	})
	if !s.large || s.some(4) { // it takes seconds
		s.try(what+"GradientFlow", func() {
			_, err := GradientFlow(net, data, 1, 0, s.between(0.1, 3), 5)
			s.ok(what+"GradientFlow", err)
		})
	}
	s.try(what+"OneMatrix", func() { s.evaluation(OneMatrix(net, data)) })
}

func (s *sound) maps(net *Network, data *Dataset) {
	l := s.in(0, net.Depth()-1)
	z := net.Forward(data, l)[0]
	n, d := z.Dims()
	if d > 6000 {
		return
	}
	if l > 0 {
		ChannelMeans(z, net.Layers[l-1].Shape())
	} else {
		ChannelMeans(z, data.Shape())
	}
	dims := min(2, n, d)
	plane := PCA(z, dims)
	if n > 5 {
		o := &UMAPOptions{Epochs: s.in(1, 5), Neighbors: s.in(2, min(n, 20)), Seed: s.in(0, 3), MinDist: 0.5 * s.rnd.Float64()}
		if dims == 2 && s.some(2) {
			o.Init = plane
		}
		if low := UMAP(z, o); low.RawMatrix().Rows != n {
			s.Errorf("%s: a map of other samples", s.where)
		} else {
			Align(low, low)
			Trustworthiness(z, low, s.in(1, n/2-1))
		}
	}
	if d < 2 {
		return
	}
	first := ClassMap(z, data.Labels, data.K())
	ClassMapLike(first, z, data.Labels, data.K())
	NeighborAgreement(first, data.Labels, s.in(1, min(10, n-1)))
	if v := mat.Sum(first); math.IsNaN(v) || math.IsInf(v, 0) {
		s.Errorf("%s: a picture that is not finite", s.where)
	}
}

func (s *sound) lab(source Source, a Architecture, init Init, data *Dataset) {
	ctx := s.Context()
	settings := *s.settings(data)
	settings.Epochs = 1
	e := Experiment{Data: source, Net: a, Init: init, Train: settings, Seed: s.in(0, 9), Measures: draw(s, 0, Scatter, Collapse), Forget: s.some(3)}
	e.CheckAssumptions = a.linear() && a.Width >= data.Dim() && s.some(2)
	if s.some(3) {
		e.Measures = 0
		e.Transfer = TransferTask{Fit: source, Test: source, Shift: s.in(0, 2), Layers: []int{a.Depth - 1}, Front: 0, Probes: []ProbeOptions{{Ridge: 0.1}}}
		if !a.linear() {
			e.Transfer = TransferTask{}
		}
	}
	text, err := json.Marshal(e)
	var back Experiment
	if !s.ok("JSON", err) || !s.ok("from JSON", json.Unmarshal(text, &back)) {
		return
	}
	if !reflect.DeepEqual(back, e) {
		s.Errorf("%s: %s came back as %s", s.where, text, Must(json.Marshal(back)))
	}
	_, err = e.Key()
	s.ok("Key", err)
	d, err := e.Dataset()
	if !s.ok("Dataset", err) || !s.ok("Check", e.Check(d)) {
		return
	}
	if ops := e.Operations(d.Shape(), d.K(), d.Len()); !(ops > 0) {
		s.Errorf("%s: %v operations", s.where, ops)
	}
	_ = e.String()
	o, err := e.Run(ctx)
	if !s.ok(fmt.Sprintf("Run %s", text), err) {
		return
	}
	s.evaluation(o.Evaluation)
	if s.large {
		return
	}
	runs, err := Sweep(ctx, e.Seeds(2))
	if s.ok("Sweep", err) {
		Evaluations(runs)
	}
	g := Grid{Base: e, Axes: []Axis{Over("seed", Range(1, 2)), Over("train.alpha", LinearRange(1, 2, 2)), Together([]string{"train.weightDecay", "train.batch"}, []any{0.01, settings.Batch})}}
	if g.Size() != 4 || g.CheckSize() != nil || len(g.Fields()) != 4 || g.String() == "" {
		s.Errorf("%s: grid %v of %d", s.where, g, g.Size())
	}
	_, err = g.Points()
	s.ok("Points", err)
	all, err := g.Experiments()
	if s.ok("Experiments", err) {
		_, err = GridOf(all...)
		s.ok("GridOf", err)
	}
	_, err = g.Run(ctx)
	s.ok("Grid.Run", err)
	v := VerdictsOn(data, "quick")
	v.Within("q", "", 1, s.rnd.Float64(), LogRange(0.1, 1, 2)[0])
	v.AtLeast("q", "", 0, 1)
	v.AtMost("q", "", 0, 1)
	v.Note("q", "", math.NaN(), 1, "r")
	v.WithinEach("q", []string{"a", "b"}, []float64{1, 2}, []float64{1, 2.2}, 0.05)
	_, _ = v.Failed(), v.Tally().String()
	if e.Transfer.Fit != nil {
		a, err := TransferOver(ctx, 2, 0, e, e)
		if s.ok("TransferOver", err) {
			_, _, _ = a.C(), a.LawC(), a.Against(a)
			_, _ = a.Accuracy(0), a.Law(0)
			_ = a.Change().Report()
		}
	}
}

// TestSoundArgumentsAreAll checks that the tests above call every exported function and
// method of this package, but for those with a reason not to.
func TestSoundArgumentsAreAll(t *testing.T) {
	elsewhere := map[string]string{
		"Download": "of the network", "ReadCIFAR": "of published files", "ReadIDX": "of published files", "ReadCSVText": "of published files", "Available": "of published files",
		"Checksum": "of published files", "CacheDir": "of the cache", "CacheLimit": "of the cache", "CacheEntries": "of the cache", "PruneCache": "of the cache",
		"Describe": "of the cache too", "Origin": "of the cache", "Verify": "of the cache", "TryRun": "of the cache", "Kernels": "without arguments",
		"EightLayerMLP": "of large networks", "EightLayerHybrid": "of large networks", "PaperProbe": "without arguments", "RegisterSource": "of types",
		"Observe": "of observers", "Notify": "of observers", "Unwrap": "of errors", "Error": "of errors", "Set": "by Grid", "QuantityNamed": "of texts",
		"MarshalJSON": "by json.Marshal", "UnmarshalJSON": "by json.Unmarshal", "MarshalText": "by json.Marshal", "UnmarshalText": "by json.Unmarshal", "Fingerprint": "by Key",
		"Load": "of networks above", "WriteRun": "by TestStoredRun", "ReadRun": "by TestStoredRun", "Scale": "of a value", "Left": "of a value", "Add": "of a value", "Total": "of a value", "OneSided": "of a value", "Judge": "by notebook 10",
		"Of": "of changes too", "BuildFor": "by Build", "MLP": "short for Architecture", "Hybrid": "short for Architecture", "ConvNet": "short for Architecture", "ResNet": "short for Architecture", "NewVerdicts": "by VerdictsOn",
	}
	text := string(Must(os.ReadFile("sound_test.go")))
	here, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range here.GoFiles {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range f.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok || !d.Name.IsExported() {
				continue
			}
			if d.Recv != nil {
				r := d.Recv.List[0].Type
				if p, ok := r.(*ast.StarExpr); ok {
					r = p.X
				}
				if id, ok := r.(*ast.Ident); !ok || !id.IsExported() {
					continue
				}
			}
			found++
			if name := d.Name.Name; elsewhere[name] == "" && !strings.Contains(text, name+"(") && !strings.Contains(text, ")."+name+")") {
				t.Errorf("%s is not called with sound arguments: call it in TestSoundArguments, or say here why not", name)
			}
		}
	}
	if found < 200 {
		t.Errorf("only %d functions found", found)
	}
}
