package pnc

import (
	"strings"
	"testing"
)

// TestTransfer compares with Probe where both can be had: on data with as many
// classes as the network.
func TestTransfer(t *testing.T) {
	train := Must(Blobs{Classes: 4, PerClass: 30, Dim: 8, Spread: 0.6}.Generate(1))
	test := Must(Blobs{Classes: 4, PerClass: 30, Dim: 8, Spread: 0.7}.Generate(1))
	net := MLP(3, 10).Build(train, PyTorchDefault(), 1)
	probings := []*ProbeOptions{{Ridge: 1e-3}, {Ridge: 1}, {SGD: &Settings{Epochs: 3}}}
	for l := range net.Depth() {
		got, err := Transfer(t.Context(), net, l, train, test, probings...)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range probings {
			want, err := Probe(t.Context(), net, train, test, &ProbeOptions{Ridge: p.Ridge, SGD: p.SGD, Layers: []int{l}})
			if err != nil {
				t.Fatal(err)
			}
			if got[i] != want[0] {
				t.Errorf("layer %d, probe %d: %+v, want %+v", l, i, got[i], want[0])
			}
		}
	}
}

// TestTransferOtherClasses transfers to a task with more classes, without test
// data and with the default probe.
func TestTransferOtherClasses(t *testing.T) {
	net := MLP(3, 10).BuildFor(vectorShape(8), 3, PyTorchDefault(), 1)
	data := Must(Blobs{Classes: 5, PerClass: 20, Dim: 8, Spread: 0.1}.Generate(1))
	got, err := Transfer(t.Context(), net, 2, data, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].Layer != 2 || got[0].Train < 0.9 || got[0].Test != 0 {
		t.Errorf("%+v; want an accuracy of one probe of layer 2 near 1, and none on test data", got)
	}
}

// TestTransferBeyondRange transfers features that single precision, or no precision, can
// hold: the error names their layer and what to do.
func TestTransferBeyondRange(t *testing.T) {
	data := Must(Blobs{Classes: 3, PerClass: 20, Dim: 8, Spread: 0.1}.Generate(1))
	for _, c := range []struct {
		scale float64 // of the weights of layer 1
		probe ProbeOptions
		want  []string
	}{
		{1e40, ProbeOptions{Precision: Float32}, []string{"probe of layer 2 (hidden2)", "take Float64"}},
		{1e40, ProbeOptions{SGD: &Settings{Epochs: 3}}, []string{"probe of layer 2 (hidden2)", "diverged"}},
		{1e307, ProbeOptions{}, []string{"sample 0 of blobs", "Inf in layer 2 (hidden2)", "weights are too large"}},
	} {
		net := MLP(3, 10).BuildFor(vectorShape(8), 3, PyTorchDefault(), 1)
		net.Layers[0].W.Scale(c.scale, net.Layers[0].W)
		net.Layers[1].W.Scale(1e3, net.Layers[1].W)
		_, err := Transfer(t.Context(), net, 2, data, nil, &c.probe)
		for _, text := range c.want {
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("weights times %g: error %v, want %q in it", c.scale, err, text)
			}
		}
	}
}
