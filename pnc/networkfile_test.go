//go:build !js

package pnc

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/internal/budget/memtest"
	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/arrays"
	"pnclab/pnc/internal/npz"
	"pnclab/pnc/internal/safetensors"
)

// scrambled gives all parameters and statistics of a network random values, none of which
// float32 holds.
func scrambled(net *Network, seed uint64) *Network {
	rnd := rand.New(rand.NewPCG(seed, 7))
	random := func(v []float64) {
		for i := range v {
			v[i] = rnd.NormFloat64()
		}
	}
	_, all := net.encode()
	for _, v := range all {
		random(v.([]float64))
	}
	positive := func(l *Layer) {
		if l.Norm == nil {
			return
		}
		for i, v := range l.Norm.RunningVar {
			l.Norm.RunningVar[i] = 0.5 + v*v
		}
	}
	for i := range net.Layers {
		positive(&net.Layers[i])
		if s := net.Layers[i].Skip; s != nil && s.Map != nil {
			positive(s.Map)
		}
	}
	return net
}

// savedAndLoaded returns what is loaded of a network that was saved.
func savedAndLoaded(t *testing.T, net *Network, extension string, p Precision) *Network {
	t.Helper()
	file := filepath.Join(t.TempDir(), "net"+extension)
	if err := Save(file, net, p); err != nil {
		t.Fatal(err)
	}
	back, err := Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// everyArchitecture returns architectures with every combination of what their fields
// switch on, for images of 2×8×8 in 3 classes.
func everyArchitecture() (all []Architecture) {
	for _, extractor := range []Extractor{{}, {Channels: 2, Stages: 2, Blocks: 1}, {Channels: 3, Stages: 3, Blocks: 2, Residual: true}} {
		for _, bias := range []bool{false, true} {
			for _, norm := range []bool{false, true} {
				for nonlinear := range 3 {
					all = append(all, Architecture{Depth: 3, Width: 4, Nonlinear: nonlinear, BatchNorm: norm, Bias: bias, Extractor: extractor})
				}
			}
		}
	}
	return append(all, Linear(6, 5), MLP(2, 7), ConvNet(3, 1, MLP(1, 0)), ResNet(4, 2, 3, MLP(1, 0)),
		Architecture{Depth: 6, Width: 4, Residual: 2}, Architecture{Depth: 6, Width: 4, Nonlinear: 5, BatchNorm: true, Residual: 2},
		ConvNet(2, 2, Architecture{Depth: 4, Width: 4, Nonlinear: 3, Bias: true, Residual: 1, PostActivation: true}))
}

// TestEveryArchitectureIsSaved checks that networks of every architecture are the same
// after they were saved and loaded, to the bit in float64 and rounded in float32.
func TestEveryArchitectureIsSaved(t *testing.T) {
	for i, a := range everyArchitecture() {
		net := scrambled(a.BuildFor(Shape{2, 8, 8}, 3, PyTorchDefault(), i), uint64(i))
		for _, extension := range []string{".safetensors", ".npz"} {
			if back := savedAndLoaded(t, net, extension, Float64); !reflect.DeepEqual(back, net) {
				t.Errorf("%v as %s: %+v came back as %+v", a, extension, net, back)
			}
			rounded := net.Clone()
			_, numbers := rounded.encode()
			for _, v := range numbers {
				for j, x := range v.([]float64) {
					v.([]float64)[j] = float64(float32(x))
				}
			}
			if back := savedAndLoaded(t, net, extension, Float32); !reflect.DeepEqual(back, rounded) {
				t.Errorf("%v as %s in float32 is not the rounded network", a, extension)
			}
		}
	}
}

// TestEveryFieldOfNetworksIsSaved changes one field of a network after the other, however
// deep, and checks that the change survives: a field that is added and forgotten fails.
func TestEveryFieldOfNetworksIsSaved(t *testing.T) {
	build := func() *Network {
		net := scrambled(ResNet(2, 2, 1, Architecture{Depth: 2, Width: 3, Nonlinear: 1, BatchNorm: true, Bias: true}).BuildFor(Shape{2, 8, 8}, 3, PyTorchDefault(), 1), 1)
		net.Layers[0].Bias = make([]float64, 2)
		return net
	}
	changed := 0
	var walk func(v reflect.Value, path string, at func(*Network) reflect.Value)
	walk = func(v reflect.Value, path string, at func(*Network) reflect.Value) {
		follow := func(step func(reflect.Value) reflect.Value) func(*Network) reflect.Value {
			return func(n *Network) reflect.Value { return step(at(n)) }
		}
		change := func(set func(v reflect.Value)) {
			net := build()
			set(at(net))
			if net.check() != nil {
				return // such as a channel more, which the weights do not fit
			}
			changed++
			if back := savedAndLoaded(t, net, ".safetensors", Float64); !reflect.DeepEqual(back, net) {
				t.Errorf("%s is not saved", path)
			}
		}
		if m, ok := v.Interface().(*mat.Dense); ok {
			if m != nil {
				change(func(v reflect.Value) { v.Interface().(*mat.Dense).Set(0, 0, 17.25) })
			}
			return
		}
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i), path+"."+v.Type().Field(i).Name, follow(func(v reflect.Value) reflect.Value { return v.Field(i) }))
			}
		case reflect.Pointer:
			if !v.IsNil() {
				walk(v.Elem(), path, follow(reflect.Value.Elem))
			}
		case reflect.Slice:
			for i := range v.Len() {
				if v.Index(i).Kind() == reflect.Float64 && i > 0 && i < v.Len()-1 {
					continue // the first and the last number are enough
				}
				walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i), follow(func(v reflect.Value) reflect.Value { return v.Index(i) }))
			}
		case reflect.Bool:
			change(func(v reflect.Value) { v.SetBool(!v.Bool()) })
		case reflect.Int:
			change(func(v reflect.Value) { v.SetInt(2 * v.Int()) })
		case reflect.Float64:
			change(func(v reflect.Value) { v.SetFloat(0.8125) })
		case reflect.String:
			change(func(v reflect.Value) { v.SetString("another \"name\" → Ä") })
		default:
			t.Errorf("%s is a %s; say here how to change it", path, v.Kind())
		}
	}
	walk(reflect.ValueOf(build()).Elem(), "Network", func(n *Network) reflect.Value { return reflect.ValueOf(n).Elem() })
	if changed < 60 {
		t.Errorf("only %d changes", changed)
	}
}

// storedLogits are samples and the logits of a network for them, of a file in testdata.
type storedLogits struct{ Samples, Logits [][]float64 }

// storedResults returns the samples and logits of files by their names.
func storedResults(t *testing.T, name string) map[string]storedLogits {
	t.Helper()
	var all map[string]storedLogits
	if err := json.Unmarshal(Must(os.ReadFile(filepath.Join("testdata/networks", name))), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// compare checks that the network gives the stored logits. Its sums have at most 72 products
// of order one, which other processors and PyTorch add in another order.
func (w storedLogits) compare(t *testing.T, name string, net *Network) {
	t.Helper()
	n := len(w.Samples)
	data := Must(NewDataset("stored", mat.NewDense(n, len(w.Samples[0]), slices.Concat(w.Samples...)), []int{0, 1, 2, 0}, 3))
	approx.All(t, name, net.Forward(data, net.Depth())[0].RawMatrix().Data, slices.Concat(w.Logits...), 1e-12, 1e-12)
}

// TestTorchStateDicts reads files that PyTorch 2.6.0 and safetensors 0.5.3 wrote of
// state_dicts, with parameters of 16 and 32 bits, and compares with PyTorch's logits.
func TestTorchStateDicts(t *testing.T) {
	all := storedResults(t, "torch.json")
	if len(all) < 3 {
		t.Fatalf("%d files", len(all))
	}
	for name, w := range all {
		net, err := Load(filepath.Join("testdata/networks", name), &LoadOptions{ReLU: []string{"*"}})
		if err != nil {
			t.Error(err)
			continue
		}
		w.compare(t, name, net)
	}
}

// TestNetworkFileVersion1 checks that files of version 1 of the format, of every kind of
// layer, are read as they were, and that the same bytes are written today.
func TestNetworkFileVersion1(t *testing.T) {
	want := storedResults(t, "logits.json")
	if len(want) < 6 {
		t.Fatalf("%d files", len(want))
	}
	for name, w := range want {
		file := filepath.Join("testdata/networks", name)
		net, err := Load(file, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		w.compare(t, name, net)
		p := Float64
		if strings.Contains(name, "float32") {
			p = Float32
		}
		again := filepath.Join(t.TempDir(), name)
		if err := Save(again, net, p); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(Must(os.ReadFile(again)), Must(os.ReadFile(file))) {
			t.Errorf("%s is written with other bytes than before", name)
		}
	}
}

// TestSavedBytes reads a file by the definition of the format alone and computes a
// convolution as PyTorch defines it of what it finds.
func TestSavedBytes(t *testing.T) {
	net := scrambled(ConvNet(3, 1, Architecture{Depth: 2, Width: 4, Bias: true}).BuildFor(Shape{2, 5, 6}, 3, PyTorchDefault(), 1), 3)
	net.Layers[0].Conv.Stride, net.Layers[0].Pool, net.Layers[0].Norm, net.Layers[0].ReLU = 2, nil, nil, false
	net.Layers[1].W = mat.NewDense(4, 27, nil)
	file := filepath.Join(t.TempDir(), "net.safetensors")
	if err := Save(file, net, Float32); err != nil {
		t.Fatal(err)
	}
	content := Must(os.ReadFile(file))
	size := binary.LittleEndian.Uint64(content)
	if size%8 != 0 {
		t.Errorf("a header of %d bytes", size)
	}
	var header map[string]struct {
		Type    string `json:"dtype"`
		Shape   []int  `json:"shape"`
		Offsets [2]int `json:"data_offsets"`
	}
	if err := json.Unmarshal(content[8:8+size], &header); err != nil {
		t.Fatal(err)
	}
	want := map[string][]int{"0.weight": {3, 2, 3, 3}, "2.weight": {4, 27}, "2.bias": {4}, "3.weight": {3, 4}, "3.bias": {3}} // 1 is Flatten
	for name, shape := range want {
		if h := header[name]; h.Type != "F32" || !slices.Equal(h.Shape, shape) {
			t.Errorf("%s: %+v, want shape %v", name, h, shape)
		}
	}
	if len(header) != len(want)+1 || header["__metadata__"].Type != "" {
		t.Errorf("header %s", content[8:8+size])
	}
	weight := make([]float32, 3*2*3*3)
	if _, err := binary.Decode(content[8+int(size)+header["0.weight"].Offsets[0]:], binary.LittleEndian, weight); err != nil {
		t.Fatal(err)
	}
	x := mat.NewDense(2, 60, nil)
	x.Apply(func(i, j int, _ float64) float64 { return math.Sin(float64(7*i + j)) }, x)
	data := Must(NewDataset("x", x, []int{0, 1}, 2))
	z := net.Forward(data, 1)[0]
	for s := range 2 {
		for o := range 3 {
			for y := range 3 {
				for c := range 3 {
					sum := 0.0
					for ch := range 2 {
						for i := range 3 {
							for j := range 3 {
								if r, q := 2*y+i-1, 2*c+j-1; r >= 0 && r < 5 && q >= 0 && q < 6 {
									sum += float64(weight[((o*2+ch)*3+i)*3+j]) * x.At(s, (ch*5+r)*6+q)
								}
							}
						}
					}
					// Weights in the file are rounded by 2⁻²⁴ of at most 4, in sums of 18.
					approx.Equal(t, "convolution", z.At(s, (o*3+y)*3+c), sum, 0, 18*4*0x1p-24)
				}
			}
		}
	}
}

// TestSaveErrors checks what is refused, and that a file is left as it was.
func TestSaveErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "net.safetensors")
	net := MLP(2, 4).BuildFor(vectorShape(3), 3, PyTorchDefault(), 1)
	if err := Save(file, net, Float64); err != nil {
		t.Fatal(err)
	}
	before := Must(os.ReadFile(file))
	for want, change := range map[string]func(n *Network){
		"has 4":                        func(n *Network) { n.Layers[1].W = mat.NewDense(3, 5, nil) },
		"a bias of 1":                  func(n *Network) { n.Layers[0].Bias = []float64{1} },
		"of 1 elements":                func(n *Network) { n.Layers[0].Norm.Beta = []float64{1} },
		"ε = NaN":                      func(n *Network) { n.Layers[0].Norm.Eps = math.NaN() },
		"without layers":               func(n *Network) { n.Layers = nil },
		"skip from":                    func(n *Network) { n.Layers[1].Skip = &Skip{From: 2} },
		"are added":                    func(n *Network) { n.Layers[1].Skip = &Skip{From: 1} },
		"pooling":                      func(n *Network) { n.Layers[1].Pool = &Pool{Height: 2, Width: 1} },
		"0.weight: values up to 1e+39": func(n *Network) { n.Layers[0].W.Set(0, 0, 1e39) },
		"0.weight: values up to 1e-150": func(n *Network) {
			n.Layers[0].W.Apply(func(_, _ int, _ float64) float64 { return 1e-150 }, n.Layers[0].W)
		},
	} {
		broken := net.Clone()
		change(broken)
		if err := Save(file, broken, Float32); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if !bytes.Equal(Must(os.ReadFile(file)), before) {
		t.Error("the file was changed")
	}
	if err := Save(filepath.Join(dir, "net.pt"), net, Float64); err == nil || !strings.Contains(err.Error(), "use .safetensors or .npz") {
		t.Errorf("error %v", err)
	}
	if err := Save(filepath.Join(dir, "none", "net.npz"), net, Float64); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if left := Must(os.ReadDir(dir)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// tensor is an array of a state_dict in tests: zeros but for running variances.
func tensor(name string, shape ...int) arrays.Values {
	n := 1
	for _, d := range shape {
		n *= d
	}
	v := make([]float64, n)
	for i := range v {
		v[i] = 1 / float64(i+2)
	}
	return arrays.Values{Name: name, Shape: shape, Data: v}
}

// stateOf returns the tensors of a state_dict: w for a matrix with a bias, n for a
// BatchNorm.
func stateOf(modules ...any) (all []arrays.Values) {
	for i := 0; i < len(modules); i += 2 {
		name, shape := modules[i].(string), modules[i+1].([]int)
		all = append(all, tensor(name+".weight", shape...), tensor(name+".bias", shape[0]))
		if len(shape) == 1 {
			all = append(all, tensor(name+".running_mean", shape...), tensor(name+".running_var", shape...), tensor(name+".num_batches_tracked"))
		}
	}
	return all
}

func writeState(t *testing.T, tensors []arrays.Values, extension string) string {
	t.Helper()
	var b bytes.Buffer
	var err error
	if extension == ".npz" {
		err = npz.Write(&b, nil, tensors)
	} else {
		err = safetensors.Write(&b, nil, tensors)
	}
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "state"+extension)
	if err := os.WriteFile(file, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestStateDicts loads state_dicts of networks trained elsewhere.
func TestStateDicts(t *testing.T) {
	type s = []int
	all := &LoadOptions{ReLU: []string{"*"}}
	long := []any{}
	for i := range 12 {
		long = append(long, fmt.Sprintf("layers.%d", i), s{4, 4})
	}
	for _, c := range []struct {
		name      string
		tensors   []arrays.Values
		extension string
		o         *LoadOptions
		want      string // layers in order: name, + for a BatchNorm, ! for a ReLU; or the error
	}{
		{"nn.Sequential", stateOf("0", s{5, 4}, "1", s{5}, "3", s{6, 5}, "4", s{6}, "6", s{3, 6}), "", all, "hidden1+! hidden2+! classifier"},
		{"nested", stateOf("net.0.0", s{5, 4}, "net.0.1", s{5}, "net.1.0", s{5, 5}, "net.1.1", s{5}, "net.2", s{3, 5}), "", all, "0.0+! 1.0+! classifier"},
		{"names", stateOf("bn1", s{5}, "bn2", s{5}, "fc1", s{5, 4}, "fc2", s{5, 5}, "fc3", s{3, 5}), "", all, "fc1+! fc2+! fc3"},
		{"DataParallel", stateOf("module.bn1", s{5}, "module.fc1", s{5, 4}, "module.fc2", s{3, 5}), "", all, "fc1+! fc2"},
		{"hybrid", stateOf("fc1", s{5, 4}, "fc2", s{5, 5}, "fc3", s{3, 5}), "", &LoadOptions{ReLU: []string{"fc1"}}, "fc1! fc2 fc3"},
		{"linear", stateOf("fc1", s{5, 4}, "fc2", s{3, 5}), "", &LoadOptions{ReLU: []string{}}, "fc1 fc2"},
		{"ten follows nine", stateOf(long...), "", all, "hidden1! hidden2! hidden3! hidden4! hidden5! hidden6! hidden7! hidden8! hidden9! hidden10! hidden11! classifier"},
		{"shapes say the order", stateOf("classifier", s{3, 6}, "encoder.0", s{5, 4}, "encoder.1", s{6, 5}), "", all, "encoder.0! encoder.1! classifier"},
		{"npz says the order", stateOf("first", s{4, 4}, "second", s{4, 4}, "fourth", s{4, 4}, "last", s{3, 4}), ".npz", all, "first! second! fourth! last"},
		{"an option says it", stateOf("first", s{4, 4}, "second", s{4, 4}, "last", s{3, 4}), "", &LoadOptions{ReLU: []string{"*"}, Order: []string{"first", "second", "last"}}, "first! second! last"},
		{"a classifier alone", stateOf("fc", s{3, 4}), "", nil, "fc"},
		{"without biases", []arrays.Values{tensor("0.weight", 5, 4), tensor("2.weight", 3, 5)}, "", all, "hidden1! classifier"},
		{"affine=False", append(stateOf("0", s{5, 4}, "3", s{3, 5}), tensor("1.running_mean", 5), tensor("1.running_var", 5)), "", all, "hidden1+! classifier"},

		{"no activations", stateOf("fc1", s{5, 4}, "fc2", s{3, 5}), "", nil, "after which of fc1 a ReLU follows"},
		{"no such layer", stateOf("fc1", s{5, 4}, "fc2", s{3, 5}), "", &LoadOptions{ReLU: []string{"fc2"}}, "which is no hidden layer; they are fc1"},
		{"order unknown", stateOf("first", s{4, 4}, "second", s{4, 4}, "last", s{3, 4}), "", all, "say it, as in --order"},
		{"order too short", stateOf("a", s{4, 4}, "b", s{4, 4}), "", &LoadOptions{Order: []string{"a"}}, "1 of 2 linear modules"},
		{"order with another", stateOf("a", s{4, 4}, "b", s{4, 4}), "", &LoadOptions{Order: []string{"a", "c"}}, `names "c"`},
		{"transposed", []arrays.Values{tensor("fc1.weight", 4, 5), tensor("fc2.weight", 5, 3)}, "", all, "fc2.weight: [5 3] and [4 5] of fc1.weight do not follow one another, but would if they were transposed"},
		{"transposed with bias", []arrays.Values{tensor("fc1.weight", 4, 5), tensor("fc1.bias", 5)}, "", all, "fc1.bias: of shape [5] beside a weight of shape [4 5]; a weight is stored as out×in"},
		{"a gap", stateOf("fc1", s{5, 4}, "fc2", s{3, 6}), "", all, "fc2.weight: it takes 6 features, but fc1.weight before it gives 5"},
		{"LayerNorm", append(stateOf("fc1", s{5, 4}, "fc2", s{3, 5}), tensor("ln.weight", 5), tensor("ln.bias", 5)), "", all, "ln.weight: a vector without running_mean"},
		{"a convolution", stateOf("conv1", s{5, 3, 3, 3}, "fc", s{3, 5}), "", all, "conv1.weight: of shape [5 3 3 3], a convolution"},
		{"attention", []arrays.Values{tensor("attn.in_proj_weight", 12, 4)}, "", all, "attn.in_proj_weight: not a tensor of Linear"},
		{"Keras", []arrays.Values{tensor("dense.kernel", 4, 5)}, "", all, "dense.kernel: a name of Keras"},
		{"no statistics", append(stateOf("0", s{5, 4}, "3", s{3, 5}), tensor("1.running_mean", 5)), "", all, "1: a BatchNorm without running_mean or running_var"},
		{"BatchNorm after ReLU", stateOf("0", s{5, 4}, "2", s{5}, "3", s{3, 5}), "", all, "2: a BatchNorm, of which its name does not say"},
		{"BatchNorm of something", stateOf("fc1", s{5, 4}, "fc2", s{3, 5}, "norm", s{5}), "", all, "norm: a BatchNorm, of which its name"},
		{"BatchNorm of two", stateOf("a1", s{5, 5}, "b1", s{3, 5}, "bn1", s{5}), ".npz", all, "bn1: a BatchNorm, of which its name"},
		{"two BatchNorms", stateOf("fc1", s{5, 4}, "bn1", s{5}, "norm1", s{5}, "fc2", s{3, 5}), "", all, "a BatchNorm, of which its name"},
		{"BatchNorm of another size", stateOf("0", s{5, 4}, "1", s{6}, "3", s{3, 5}), "", all, "1.running_mean: 6 elements after 0"},
		{"BatchNorm at the end", stateOf("0", s{5, 4}, "2", s{3, 5}, "3", s{3}), "", all, "3: a BatchNorm after the classifier 2"},
		{"a bias alone", []arrays.Values{tensor("fc.bias", 4)}, "", all, "fc.bias: there is no fc.weight"},
		{"nothing", []arrays.Values{tensor("num_batches_tracked")}, "", all, "no linear module"},
		{"no module", []arrays.Values{tensor("weight", 3, 4)}, "", all, "weight: a tensor without a module"},
		{"negative variance", func() []arrays.Values {
			v := stateOf("0", s{5, 4}, "1", s{5}, "3", s{3, 5})
			i := slices.IndexFunc(v, func(a arrays.Values) bool { return a.Name == "1.running_var" })
			v[i].Data[2] = -1
			return v
		}(), "", all, "1.running_var: element 2 is -1"},
	} {
		net, err := Load(writeState(t, c.tensors, c.extension), c.o)
		got := ""
		if err != nil {
			got = err.Error()
			if strings.Contains(got, "\n") {
				t.Errorf("%s: several lines: %q", c.name, got)
			}
		} else {
			var layers []string
			for _, l := range net.Layers {
				s := l.Name
				if l.Norm != nil {
					s += "+"
				}
				if l.ReLU {
					s += "!"
				}
				layers = append(layers, s)
			}
			got = strings.Join(layers, " ")
		}
		if err == nil && got != c.want || err != nil && !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestStateDictValues checks the numbers of a loaded state_dict, ε and γ of a BatchNorm
// without parameters.
func TestStateDictValues(t *testing.T) {
	state := append(stateOf("m.0", []int{2, 3}, "m.3", []int{2, 2}), tensor("m.1.running_mean", 2), tensor("m.1.running_var", 2))
	net := Must(Load(writeState(t, state, ""), &LoadOptions{ReLU: []string{"m.0"}, Eps: 1e-3}))
	l := net.Layers[0]
	if l.W.At(1, 0) != 1./5 || !slices.Equal(l.Bias, []float64{1. / 2, 1. / 3}) || l.Norm.Eps != 1e-3 {
		t.Errorf("%+v", l)
	}
	if n := l.Norm; !slices.Equal(n.Gamma, []float64{1, 1}) || !slices.Equal(n.Beta, []float64{0, 0}) || n.RunningVar[1] != 1./3 {
		t.Errorf("%+v", n)
	}
	if net.Name != "state" {
		t.Errorf("name %q", net.Name)
	}
}

// overlapping returns a file of two tensors that share their bytes.
func overlapping() []byte {
	header := `{"a.weight":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]},"b.weight":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]}}`
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), make([]byte, 8)...)
}

// TestNetworkFilesBad checks damaged files, and files of other kinds.
func TestNetworkFilesBad(t *testing.T) {
	dir := t.TempDir()
	net := scrambled(ResNet(2, 2, 1, MLP(1, 0)).BuildFor(Shape{1, 4, 4}, 2, PyTorchDefault(), 1), 1)
	description, tensors := net.describe(Float64)
	withText := func(text string, list []arrays.Values) []byte {
		var b bytes.Buffer
		if err := safetensors.Write(&b, map[string]string{descriptionKey: text}, list); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	with := func(change func(d *networkText), list []arrays.Values) []byte {
		var d networkText
		if err := json.Unmarshal(Must(json.Marshal(description)), &d); err != nil {
			t.Fatal(err)
		}
		change(&d)
		return withText(string(Must(json.Marshal(d))), list)
	}
	nothing := func(*networkText) {}
	sound := with(nothing, tensors)
	for want, content := range map[string][]byte{
		"truncated":                    sound[:len(sound)-1],
		"data_offsets overlap":         overlapping(),
		"neither safetensors nor .npz": []byte("hello"),
		"torch.save":                   []byte("\x80\x02}q\x00."),
		"HDF5":                         []byte("\x89HDF\r\n\x1a\n12345678"),
		"version 2":                    with(func(d *networkText) { d.Version = 2 }, tensors),
		"version 0":                    with(func(d *networkText) { d.Version = 0 }, tensors),
		"damaged: unexpected":          withText(`{"Version":1`, tensors),
		`unknown field "Dropout"`:      withText(`{"Version":1,"Layers":[{"Dropout":0.5}]}`, tensors),
		"without layers":               with(func(d *networkText) { d.Layers = nil }, tensors),
		"no such tensor":               with(func(d *networkText) { d.Layers[0].Module = "none" }, tensors),
		"part of two layers":           with(func(d *networkText) { d.Layers[1].Module = "0" }, tensors),
		"belongs to no layer":          with(nothing, append(slices.Clone(tensors), tensor("more.weight", 2, 2))),
		"where one of 4 dimensions":    with(func(d *networkText) { d.Layers[5].Conv = description.Layers[1].Conv }, tensors),
		"for a convolution of size 5":  with(func(d *networkText) { d.Layers[0].Conv.Kernel = 5 }, tensors),
		"with stride 0":                with(func(d *networkText) { d.Layers[0].Conv.Stride = 0 }, tensors),
		"columns for a convolution":    with(func(d *networkText) { d.Layers[0].Conv.In.Height = 1 << 40 }, tensors),
		"takes 32 features, but":       with(func(d *networkText) { d.Layers[0].Conv.Stride = 2 }, tensors),
		"a skip from layer -3":         with(func(d *networkText) { d.Layers[2].Skip.From = -3 }, tensors),
		"more than linear":             with(func(d *networkText) { d.Layers[4].Skip.Map.ReLU = true }, tensors),
		"a skip from a skip":           with(func(d *networkText) { d.Layers[4].Skip.Map.Skip = &skipText{From: 1} }, tensors),
		"name with control characters": with(func(d *networkText) { d.Layers[1].Name = "a\x1b[2J" }, tensors),
		"a name of 2000 bytes":         with(func(d *networkText) { d.Layers[4].Norm.Module = strings.Repeat("m", 2000) }, tensors),
		"more memory than its size":    withText(`{"Version":1,"Layers":[`+strings.Repeat("{},", 200_000)+`{}]}`, tensors),
		"nested far more":              withText(strings.Repeat(`{"Map":`, 1000), tensors),
		"pooling of":                   with(func(d *networkText) { d.Layers[4].Pool.Height = 0 }, tensors),
	} {
		file := filepath.Join(dir, "net")
		if err := os.WriteFile(file, content, 0o666); err != nil {
			t.Fatal(err)
		}
		var err error
		memtest.Within(t, int64(len(content)), func() { _, err = Load(file, nil) })
		if err == nil || len(err.Error()) > 400 || !strings.HasPrefix(err.Error(), file+": ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if _, err := Load(filepath.Join(dir, "missing"), nil); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("error %v", err)
	}
	file := filepath.Join(dir, "sound")
	if err := os.WriteFile(file, sound, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file, &LoadOptions{ReLU: []string{"*"}}); err == nil || !strings.Contains(err.Error(), "describes its network itself") {
		t.Errorf("error %v", err)
	}
}

// FuzzLoad checks that no file makes Load panic, and that what it returns can be saved
// and measured.
func FuzzLoad(f *testing.F) {
	for _, name := range []string{"testdata/networks/v1-mlp.safetensors", "testdata/networks/v1-resnet.safetensors", "testdata/networks/v1-mlp-float32.npz"} {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte) {
		file := filepath.Join(dir, fmt.Sprint(os.Getpid()))
		if err := os.WriteFile(file, content, 0o666); err != nil {
			t.Fatal(err)
		}
		net, err := Load(file, nil)
		if err != nil {
			net, err = Load(file, &LoadOptions{ReLU: []string{"*"}})
		}
		if err != nil {
			return
		}
		description, tensors := net.describe(Float64)
		if err := net.check(); err != nil || len(description.Layers) != len(net.Layers) || len(tensors) < len(net.Layers) {
			t.Fatal(err)
		}
		if net.In() > 1<<12 || net.Out() < 2 || net.forwardBatch() < 256 {
			return
		}
		data, err := NewDataset("zeros", mat.NewDense(net.Out(), net.In(), nil), labelsOf(slices.Repeat([]int{1}, net.Out())...), net.Out())
		if err == nil {
			Measure(net, data)
		}
	})
}
