//go:build !js

package pnc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"pnclab/internal/atomicfile"
	"pnclab/internal/budget"
	"pnclab/internal/oneline"
	"pnclab/pnc/internal/arrays"
	"pnclab/pnc/internal/npz"
	"pnclab/pnc/internal/safetensors"
)

// descriptionKey names the description of the network in the metadata of safetensors, and
// an array of bytes in .npz.
const descriptionKey = "pnclab.network"

// descriptionCost is what decoding a description takes: a layer of 200 bytes, and growth
// of the list.
var descriptionCost = budget.Cost{Object: 512, Element: 16, Field: 64, Depth: 10}

// Save writes a network to a file that PyTorch and NumPy read, .safetensors or .npz, in
// the given precision: a state_dict with the names and shapes of an nn.Sequential,
//
//	0.weight 0.bias 1.weight 1.bias 1.running_mean 1.running_var 3.weight …
//
// and a description from which [Load] makes the same network. docs/weights.md is the
// format, which stays readable in later versions. Float64 keeps every bit, Float32 rounds.
//
// The file is replaced once it is complete. Save returns an error if that is not possible,
// if the layers do not fit one another, or if a tensor is too large or too small for
// float32.
func Save(file string, net *Network, p Precision) error {
	if err := net.check(); err != nil {
		return fmt.Errorf("%s: %w", net.Name, err)
	}
	description, tensors := net.describe(p)
	if p == Float32 {
		for _, t := range tensors {
			if err := fitsSingle(t); err != nil {
				return err
			}
		}
	}
	text, err := json.Marshal(description)
	if err != nil {
		return fmt.Errorf("%s: %w", net.Name, err)
	}
	switch extension := filepath.Ext(file); extension {
	case ".safetensors":
		return atomicfile.Write(file, func(w io.Writer) error {
			return safetensors.Write(w, map[string]string{"format": "pt", descriptionKey: string(text)}, tensors)
		})
	case ".npz":
		return atomicfile.Write(file, func(w io.Writer) error {
			return npz.Write(w, []npz.Text{{Name: descriptionKey, Text: string(text)}}, tensors)
		})
	default:
		return fmt.Errorf("%s: cannot save a network as %q; use .safetensors or .npz", file, extension)
	}
}

// fitsSingle returns an error if float32 cannot hold a tensor: an element is too large, or
// all are smaller than its smallest normal number, below which digits are lost.
func fitsSingle(t arrays.Values) error {
	largest := 0.0
	for _, v := range t.Data {
		if a := math.Abs(v); a > largest && !math.IsInf(v, 0) {
			largest = a
		}
	}
	if math.IsInf(float64(float32(largest)), 0) || largest > 0 && largest < 0x1p-126 {
		return fmt.Errorf("%s: values up to %.3g, beyond what float32 holds; save it in float64", t.Name, largest)
	}
	return nil
}

// LoadOptions say what the file of a network trained elsewhere does not: a state_dict has
// the tensors of modules, but no activations, no order and no ε.
type LoadOptions struct {
	// ReLU selects the hidden layers that end in a ReLU, by patterns of the names of their
	// linear modules, such as "fc*" or "*" for all. Where it is nil and there are hidden
	// layers, Load returns an error; empty means none.
	ReLU []string
	// Order lists the linear modules from the input on; nil means that their names or
	// shapes say it, or the order of an .npz.
	Order []string
	// Eps is the ε of BatchNorm; 0 means 1e-5, the default of PyTorch. (Keras has 1e-3.)
	Eps float64
}

// Load reads a network from a .safetensors or .npz file: one that [Save] wrote, or that
// python/pnclab_weights.py wrote of a PyTorch model, both of which describe their
// networks, or else a state_dict of Linear and BatchNorm modules, for which the options
// say what is missing; nil means none. Tensors may be float16, bfloat16, float32 or
// float64; weights become float64, exactly.
//
// Of a state_dict, a module with a matrix as weight is a linear map, with a bias or
// without one, and one with running_mean and running_var a BatchNorm, with weight and bias
// or without. A BatchNorm belongs to the linear map before it in an nn.Sequential (1 to 0,
// features.4 to features.3), or else to that whose name has the same numbers (bn2 to fc2),
// and is applied between it and the ReLU. num_batches_tracked is not needed. Layers come
// in the order of the numbers in their names if these differ in nothing else, else as in an
// .npz, and else in the only order in which their shapes fit. Layers have the names of
// their linear modules, or hidden1, hidden2, …, classifier where these are numbers alone.
//
// What cannot be a sequence of such layers, such as a LayerNorm, a convolution without a
// description, weights that are transposed, or a pickle, is an error of one line that names
// the tensor and says what to do. Load reads no more than 64 MB and four times the size of
// the file into memory.
func Load(file string, o *LoadOptions) (*Network, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: no such file", file)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	w, err := openWeights(f, file)
	if err != nil {
		return nil, err
	}
	net, err := w.network(o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if net.Name == "" {
		net.Name = filepath.Base(file)
	}
	return net, nil
}

// weightFile is a file of tensors that is open.
type weightFile struct {
	tensors     map[string]*arrays.Array
	names       []string // in the order of the file
	ordered     bool     // which is that in which they were written
	description string   // "" if there is none
	used        map[string]bool
}

// openWeights reads the headers of a file.
func openWeights(f *os.File, path string) (*weightFile, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	start := make([]byte, 16)
	n, _ := f.ReadAt(start, 0)
	start = start[:n]
	w := &weightFile{tensors: map[string]*arrays.Array{}, used: map[string]bool{}}
	var all []*arrays.Array
	switch {
	case safetensors.Is(start, size):
		metadata, err := safetensors.Metadata(f, path, size)
		if err != nil {
			return nil, err
		}
		w.description = metadata[descriptionKey]
		if all, err = safetensors.Open(f, path, size); err != nil {
			return nil, err
		}
	case bytes.HasPrefix(start, []byte("PK")):
		w.ordered = true
		all, err = npz.Open(f, path, size)
		if errors.Is(err, npz.ErrPickle) {
			return nil, errPickle(path)
		}
		if err != nil {
			return nil, err
		}
	case bytes.HasPrefix(start, []byte("\x80")):
		return nil, errPickle(path)
	case bytes.HasPrefix(start, []byte("\x89HDF")):
		return nil, fmt.Errorf("%s: a file of HDF5, as Keras writes; write its arrays with np.savez, weights as out×in (kernel.T), and names as PyTorch has them", path)
	default:
		return nil, fmt.Errorf("%s: neither safetensors nor .npz; in Python: safetensors.torch.save_file(model.state_dict(), \"net.safetensors\")", path)
	}
	// Elements become float64, so that 16 bits take four times their size; only those of
	// an archive can be more than the file.
	left := budget.Of(size)
	for _, a := range all {
		if left.Take(8*int64(a.Len())*int64(a.RowLen())) != nil {
			return nil, fmt.Errorf("%s: %w; write it with np.savez, not np.savez_compressed", a.Where, budget.ErrSpent)
		}
	}
	for _, a := range all {
		if a.Name == descriptionKey {
			text, err := a.Raw()
			if err != nil {
				return nil, err
			}
			w.description = string(text)
			continue
		}
		w.tensors[a.Name] = a
		w.names = append(w.names, a.Name)
	}
	return w, nil
}

func errPickle(path string) error {
	return fmt.Errorf("%s: a pickle of Python, as torch.save writes, which takes Python to read; there: safetensors.torch.save_file(model.state_dict(), \"net.safetensors\")", path)
}

// network returns the network in the file.
func (w *weightFile) network(o *LoadOptions) (*Network, error) {
	var opt LoadOptions
	if o != nil {
		opt = *o
	}
	var t *networkText
	switch {
	case w.description == "":
		var err error
		if t, err = describeState(w, opt); err != nil {
			return nil, err
		}
	case opt.ReLU != nil || opt.Order != nil || opt.Eps != 0:
		return nil, errors.New("it describes its network itself; leave out ReLU, order and ε")
	default:
		if err := budget.JSON([]byte(w.description), descriptionCost); err != nil {
			return nil, fmt.Errorf("%s: damaged: %w; save it again", descriptionKey, err)
		}
		var version struct{ Version int }
		if err := json.Unmarshal([]byte(w.description), &version); err != nil {
			return nil, fmt.Errorf("%s: damaged: %w; save it again", descriptionKey, oneline.Error(err))
		}
		if version.Version < 1 || version.Version > networkVersion {
			return nil, fmt.Errorf("%s: version %d; this program reads up to version %d", descriptionKey, version.Version, networkVersion)
		}
		t = new(networkText)
		if err := decodeStrictly([]byte(w.description), t); err != nil {
			return nil, fmt.Errorf("%s: damaged: %w; save it again", descriptionKey, err)
		}
	}
	net, err := t.build(w.tensor)
	if err != nil {
		return nil, err
	}
	for _, name := range w.names {
		if !w.used[name] && !isCounter(name) {
			return nil, fmt.Errorf("%s: belongs to no layer of the description; save the network again", name)
		}
	}
	return net, nil
}

// tensor returns a tensor of the given number of dimensions and its shape.
func (w *weightFile) tensor(name string, dims int) ([]float64, []int, error) {
	a := w.tensors[name]
	if a == nil {
		return nil, nil, fmt.Errorf("%s: no such tensor in the file; save the network again", name)
	}
	if w.used[name] {
		return nil, nil, fmt.Errorf("%s: is part of two layers", name)
	}
	w.used[name] = true
	empty := false
	for _, d := range a.Shape {
		empty = empty || d == 0
	}
	if len(a.Shape) != dims || empty {
		return nil, nil, fmt.Errorf("%s: a tensor of shape %v where one of %d dimensions belongs", name, a.Shape, dims)
	}
	if a.Type.Kind != arrays.Float && a.Type.Kind != arrays.BFloat {
		return nil, nil, fmt.Errorf("%s: elements of type %s, not floating-point numbers; convert a quantised network to float32 before you save it", name, a.Type.Name)
	}
	data, err := a.Floats()
	return data, a.Shape, err
}
