package pnc

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
)

// TestProbeExact compares the probe's predictions with those of the ridge solution
// of the augmented system, solved by QR.
func TestProbeExact(t *testing.T) {
	const ridge = 1e-3
	train := Must(Blobs{Classes: 4, PerClass: 30, Dim: 8, Spread: 0.6}.Generate(1))
	test := Must(Blobs{Classes: 4, PerClass: 30, Dim: 8, Spread: 0.7}.Generate(1))
	net := MLP(3, 10).Build(train, PyTorchDefault(), 1)
	got, err := Probe(t.Context(), net, train, test, &ProbeOptions{Ridge: ridge})
	if err != nil {
		t.Fatal(err)
	}
	for l, r := range got {
		z, zt := net.Forward(train, l)[0], net.Forward(test, l)[0]
		n, d := z.Dims()
		var mean = make([]float64, d)
		for j := range d {
			mean[j] = mat.Sum(z.ColView(j)) / float64(n)
		}
		var trace float64
		a, y := mat.NewDense(n+d, d, nil), mat.NewDense(n+d, 4, nil)
		for i := range n {
			for j := range d {
				v := z.At(i, j) - mean[j]
				a.Set(i, j, v)
				trace += v * v
			}
			y.Set(i, train.Labels[i], 1)
		}
		root := mat.NewDense(d, d, nil)
		for j := range d {
			root.Set(j, j, 1)
		}
		root.Scale(math.Sqrt(ridge*trace/float64(d)), root)
		a.Slice(n, n+d, 0, d).(*mat.Dense).Copy(root)
		for i := range n { // the bias takes the mean of y
			for k := range 4 {
				y.Set(i, k, y.At(i, k)-0.25)
			}
		}
		var w mat.Dense
		if err := w.Solve(a, y); err != nil {
			t.Fatal(err)
		}
		accuracy := func(z *mat.Dense, labels []int) float64 {
			shifted := mat.DenseCopyOf(z)
			for i := range len(labels) {
				for j := range d {
					shifted.Set(i, j, z.At(i, j)-mean[j])
				}
			}
			var logits mat.Dense
			logits.Mul(shifted, &w)
			return TopAccuracy(&logits, labels, 1)
		}
		approx.Equal(t, "train accuracy", r.Train, accuracy(z, train.Labels), 0, 1e-12)
		approx.Equal(t, "test accuracy", r.Test, accuracy(zt, test.Labels), 0, 1e-12)
		if r.Train < 0.5 {
			t.Errorf("layer %d: accuracy %g is near chance", l, r.Train)
		}
	}
}

// TestProbeSGD checks that trained probes come near the exact ones.
func TestProbeSGD(t *testing.T) {
	data := Must(Blobs{Classes: 3, PerClass: 40, Dim: 8, Spread: 0.4}.Generate(1))
	net := MLP(3, 10).Build(data, PyTorchDefault(), 1)
	exact := Must(Probe(t.Context(), net, data, nil, nil))
	s := PaperProbe()
	s.LearningRate, s.Batch = 0.05, 8
	sgd := Must(Probe(t.Context(), net, data, nil, &ProbeOptions{SGD: s, Layers: []int{0, 2}}))
	for _, r := range sgd {
		// a handful of the 120 samples lie between the two decision boundaries
		approx.Equal(t, r.Name, r.Train, exact[r.Layer].Train, 0, 0.04)
	}
	if len(sgd) != 2 || sgd[1].Layer != 2 {
		t.Errorf("probes of layers %v", sgd)
	}
}

// lossRecorder keeps the losses of all epochs.
type lossRecorder struct{ losses []float64 }

func (r *lossRecorder) Record(s *TrainingState) error {
	r.losses = append(r.losses, s.Loss)
	return nil
}

// TestProbeSGDSettings checks that probes by gradient descent are trained in the
// precision of their own settings, not that of the forward pass, and have the
// names that exact probes have.
func TestProbeSGDSettings(t *testing.T) {
	data := randomImages(Shape{2, 8, 8}, 30, 3, 1)
	net := ConvNet(3, 2, MLP(2, 8)).Build(data, KaimingNormal(), 1)
	losses := func(training, forward Precision) []float64 {
		var r lossRecorder
		fits := Must(Probe(t.Context(), net, data, nil, &ProbeOptions{
			SGD: &Settings{Epochs: 2, Precision: training, Recorder: &r}, Layers: []int{2, 3}, Precision: forward,
		}))
		exact := Must(Probe(t.Context(), net, data, nil, &ProbeOptions{Layers: []int{2, 3}, Precision: forward}))
		for i := range fits {
			if fits[i].Name != exact[i].Name || fits[i].Layer != exact[i].Layer {
				t.Errorf("probe %d is of layer %d, %s; the exact one of %d, %s", i, fits[i].Layer, fits[i].Name, exact[i].Layer, exact[i].Name)
			}
		}
		return r.losses
	}
	// Features agree to 1e-6 between precisions, and the training of two epochs too:
	// what tells the precisions apart are the digits below.
	a, b := losses(Float32, Float64), losses(Float64, Float64)
	approx.All(t, "loss", a, b, 1e-4, 0)
	if slices.Equal(a, b) {
		t.Error("the precision of the settings makes no difference")
	}
	c := losses(Float64, Float32)
	approx.All(t, "loss", c, b, 1e-4, 0)
	if slices.Equal(c, b) {
		t.Error("the precision of the forward pass makes no difference")
	}
}

// TestProbeBeyondRange checks that features which are infinite in the arithmetic of the
// forward pass are called so.
func TestProbeBeyondRange(t *testing.T) {
	data := Must(Blobs{Classes: 3, PerClass: 5, Dim: 4, Spread: 0.3}.Generate(1))
	var x mat.Dense
	x.Scale(1e100, data.X())
	huge := Must(NewDataset("huge", &x, data.Labels, 3))
	net := MLP(2, 6).Build(huge, PyTorchDefault(), 1)
	for _, o := range []*ProbeOptions{{Precision: Float32}, {Precision: Float32, Steps: 3}} {
		if _, err := Probe(t.Context(), net, huge, huge, o); err == nil || !strings.Contains(err.Error(), "beyond the range of numbers") {
			t.Errorf("%+v: error %v", *o, err)
		}
		o.Precision = Float64
		if _, err := Probe(t.Context(), net, huge, huge, o); err != nil {
			t.Errorf("%+v: error %v", *o, err)
		}
	}
}
