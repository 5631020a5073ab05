package pnc

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pnclab/pnc/internal/approx"
)

// TestExtractors checks names, shapes and skips of extractors with heads.
func TestExtractors(t *testing.T) {
	data := randomImages(Shape{3, 8, 12}, 20, 4, 1)
	type layer struct {
		name  string
		shape Shape
		skip  int
	}
	for _, c := range []struct {
		arch   Architecture
		layers []layer
	}{
		{ConvNet(5, 3, MLP(1, 0)), []layer{
			{"conv1", Shape{5, 4, 6}, 0}, {"conv2", Shape{10, 2, 3}, 0}, {"conv3", Shape{20, 1, 1}, 0}, {"classifier", Shape{4, 1, 1}, 0},
		}},
		{ResNet(4, 2, 2, MLP(3, 6)), []layer{
			{"conv1", Shape{4, 8, 12}, 0},
			{"block1.conv1", Shape{4, 8, 12}, 0}, {"block1.conv2", Shape{4, 8, 12}, 1},
			{"block2.conv1", Shape{4, 8, 12}, 0}, {"block2.conv2", Shape{4, 8, 12}, 3},
			{"block3.conv1", Shape{8, 4, 6}, 0}, {"block3.conv2", Shape{8, 4, 6}, 5},
			{"block4.conv1", Shape{8, 4, 6}, 0}, {"block4.conv2", Shape{8, 1, 1}, 7},
			{"hidden1", Shape{6, 1, 1}, 0}, {"hidden2", Shape{6, 1, 1}, 0}, {"classifier", Shape{4, 1, 1}, 0},
		}},
	} {
		net := c.arch.Build(data, KaimingNormal(), 1)
		var got []layer
		in := data.Dim()
		for i := range net.Layers {
			l := &net.Layers[i]
			if l.In() != in {
				t.Errorf("%v: layer %s takes %d features, but the layer before it has %d", c.arch, l.Name, l.In(), in)
			}
			in = l.Out()
			g := layer{l.Name, l.Shape(), 0}
			if l.Skip != nil {
				g.skip = l.Skip.From
			}
			got = append(got, g)
		}
		if !reflect.DeepEqual(got, c.layers) {
			t.Errorf("%v: layers %v, want %v", c.arch, got, c.layers)
		}
		if net.IsLinear() {
			t.Errorf("%v is linear", c.arch)
		}
		if ev := Measure(net, data); len(ev.Layers) != net.Depth() || ev.Layers[1].Dim != c.layers[0].shape.Dim() {
			t.Errorf("%v: %d layers measured, the first with %d features", c.arch, len(ev.Layers), ev.Layers[1].Dim)
		}
	}
}

// TestExtractorErrors checks the errors of impossible extractors.
func TestExtractorErrors(t *testing.T) {
	images := Shape{3, 28, 28}
	for word, c := range map[string]struct {
		arch Architecture
		in   Shape
	}{
		"at least one":         {ConvNet(0, 2, MLP(2, 10)), images},
		"needs images":         {ConvNet(4, 1, MLP(2, 10)), vectorShape(50)},
		"halved 3 times":       {ResNet(4, 4, 1, MLP(2, 10)), images},
		"width 3":              {ResNet(4, 2, 1, MLP(2, 3)), images},
		"depth 0":              {ConvNet(4, 2, MLP(0, 3)), images},
		"fewer than the 5":     {ConvNet(2, 2, MLP(1, 0)), images},
		"2 nonlinear layers":   {ConvNet(8, 2, Hybrid(2, 8, 2)), images},
		"cannot be halved 62 ": {ConvNet(1, 63, MLP(2, 10)), images},
	} {
		if err := c.arch.Check(c.in, 5); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%+v: error %v, want %q", c.arch, err, word)
		}
	}
	if err := ResNet(4, 3, 1, MLP(1, 0)).Check(images, 5); err != nil {
		t.Error(err)
	}
}

// TestConvolutionalNetworkKept checks that convolutional networks survive cloning
// and storing, and that clones share no memory.
func TestConvolutionalNetworkKept(t *testing.T) {
	data := randomImages(Shape{1, 4, 4}, 8, 2, 1)
	net := ResNet(2, 2, 1, MLP(2, 3)).Build(data, KaimingNormal(), 1)
	clone := net.Clone()
	spec, arrays := net.Clone().encode()
	stored, _, err := spec.decode(arrays)
	if err != nil {
		t.Fatal(err)
	}
	want := net.Forward(data, net.Depth())[0].RawMatrix().Data
	approx.All(t, "logits of the stored network", stored.Forward(data, net.Depth())[0].RawMatrix().Data, want, 0, 0)
	Must(Train(t.Context(), net, data, &Settings{Epochs: 2}))
	approx.All(t, "logits of the clone", clone.Forward(data, net.Depth())[0].RawMatrix().Data, want, 0, 0)
	if !reflect.DeepEqual(clone, stored) {
		t.Error("training changed the clone")
	}
}

// TestExtractorJSON checks that architectures survive JSON, and that the JSON of
// those without an extractor has not changed.
func TestExtractorJSON(t *testing.T) {
	for _, a := range []Architecture{MLP(3, 20), ConvNet(4, 2, Linear(3, 20)), ResNet(4, 2, 3, MLP(1, 0))} {
		b := Must(json.Marshal(a))
		var got Architecture
		if err := json.Unmarshal(b, &got); err != nil || got != a {
			t.Errorf("%s came back as %+v, error %v", b, got, err)
		}
		if strings.Contains(string(b), "Extractor") != a.convolutional() {
			t.Errorf("stored as %s", b)
		}
	}
}

// TestConvolutionalTraining trains a small network on rendered digits in both
// precisions until it classifies them correctly.
func TestConvolutionalTraining(t *testing.T) {
	data := Must(Glyphs{PerClass: 8, Standardize: true}.Generate(1))
	for _, p := range []Precision{Float64, Float32} {
		net := ResNet(4, 3, 1, MLP(2, 16)).Build(data, KaimingNormal(), 1)
		res := Must(Train(t.Context(), net, data, &Settings{Epochs: 15, Batch: 16, LearningRate: 0.05, Momentum: 0.9, Loss: CrossEntropy, Precision: p}))
		if res.Accuracy < 0.95 {
			t.Errorf("%v: %v", p, res)
		}
	}
}

// TestWideLayers checks that layers with too many features for a Gram matrix of
// features are measured by that of the samples, and networks of them in smaller
// batches.
func TestWideLayers(t *testing.T) {
	data := randomImages(Shape{1, 32, 32}, 200, 2, 1)
	net := ConvNet(8, 2, MLP(1, 0)).Build(data, KaimingNormal(), 1)
	net.Layers[0].Pool = nil
	net.Layers[1].Conv.In = net.Layers[0].Shape()
	net.Layers[1].Pool = &Pool{Height: 32, Width: 32}
	ev := Measure(net, data)
	for _, m := range ev.Layers {
		if has := len(m.SingularValues) > 0 && m.Rank95 > 0; !has {
			t.Errorf("layer %v of %v features has %v singular values, rank %v", m.Layer, m.Dim, len(m.SingularValues), m.Rank95)
		}
		if !(m.C > 0) || !(m.NC1 > 0) {
			t.Errorf("layer %d: C = %g, NC1 = %g", m.Layer, m.C, m.NC1)
		}
	}
	if b := net.forwardBatch(); b != 256 {
		t.Errorf("batches of %d", b)
	}
	if b := ResNet(64, 3, 3, MLP(1, 0)).BuildFor(Shape{3, 64, 64}, 10, KaimingNormal(), 1).forwardBatch(); b >= 256 {
		t.Errorf("batches of %d images of 64 channels", b)
	}
}
