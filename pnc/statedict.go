//go:build !js

package pnc

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"pnclab/pnc/internal/arrays"
)

// stateModule is a module of a state_dict with those of its tensors that count.
type stateModule struct {
	name                         string
	weight, bias, mean, variance *arrays.Array
	text                         []string // of its name, between numbers
	numbers                      []uint64
}

// isCounter reports whether a tensor is the number of batches that a BatchNorm has seen,
// which nothing depends on.
func isCounter(name string) bool {
	return name == "num_batches_tracked" || strings.HasSuffix(name, ".num_batches_tracked")
}

// exportInstead is what to do about networks that are not a sequence of layers.
const exportInstead = "measure its features, exported with python/pnclab_export.py"

// describeState returns the description of the network whose state_dict a file holds, of
// what the names and shapes of tensors, and the options, say.
func describeState(w *weightFile, o LoadOptions) (*networkText, error) {
	modules, err := stateModules(w)
	if err != nil {
		return nil, err
	}
	var maps, norms []*stateModule
	for _, m := range modules {
		if m.mean != nil {
			norms = append(norms, m)
		} else {
			maps = append(maps, m)
		}
	}
	if len(maps) == 0 {
		return nil, errors.New("no linear module (a matrix named NAME.weight) in this file; save model.state_dict()")
	}
	if maps, err = orderMaps(maps, o.Order, w.ordered); err != nil {
		return nil, err
	}
	follows, err := assignNorms(maps, norms)
	if err != nil {
		return nil, err
	}
	short := shortModules(maps)
	relu, err := selectReLU(maps, short, o.ReLU)
	if err != nil {
		return nil, err
	}
	t := &networkText{Version: networkVersion}
	for i, m := range maps {
		l := layerText{Name: short[i], Module: m.name, Bias: m.bias != nil, ReLU: relu[i]}
		if strings.Trim(l.Name, "0123456789") == "" {
			if l.Name = layerName(i + 1); i == len(maps)-1 {
				l.Name = "classifier"
			}
		}
		if n := follows[m]; n != nil {
			l.Norm = &normText{Module: n.name, Eps: cmp.Or(o.Eps, 1e-5), StatMomentum: 0.1, Plain: n.weight == nil}
		}
		t.Layers = append(t.Layers, l)
	}
	return t, nil
}

// stateModules returns the modules of a state_dict in the order of the file, which are
// linear maps and BatchNorms.
func stateModules(w *weightFile) ([]*stateModule, error) {
	var all []*stateModule
	of := map[string]*stateModule{}
	for _, name := range w.names {
		if isCounter(name) {
			continue
		}
		module, kind := "", name
		if i := strings.LastIndexByte(name, '.'); i >= 0 {
			module, kind = name[:i], name[i+1:]
		}
		m := of[module]
		if m == nil {
			m = &stateModule{name: module}
			m.text, m.numbers = splitNumbers(module)
		}
		a := w.tensors[name]
		switch kind {
		case "weight":
			m.weight = a
		case "bias":
			m.bias = a
		case "running_mean":
			m.mean = a
		case "running_var":
			m.variance = a
		case "kernel", "kernel:0", "gamma", "beta", "moving_mean", "moving_variance":
			return nil, fmt.Errorf("%s: a name of Keras, which stores weights as in×out; write kernel.T as NAME.weight, gamma and beta as NAME.weight and NAME.bias, and moving_mean and moving_variance as NAME.running_mean and NAME.running_var", name)
		default:
			return nil, fmt.Errorf("%s: not a tensor of Linear or BatchNorm; %s", name, exportInstead)
		}
		if module == "" {
			return nil, fmt.Errorf("%s: a tensor without a module; the names are NAME.%s", name, kind)
		}
		if of[module] == nil {
			of[module] = m
			all = append(all, m)
		}
	}
	for _, m := range all {
		if err := m.check(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// check returns an error if the module is neither a linear map nor a BatchNorm.
func (m *stateModule) check() error {
	norm := m.mean != nil || m.variance != nil
	switch {
	case norm && (m.mean == nil || m.variance == nil):
		return fmt.Errorf("%s: a BatchNorm without running_mean or running_var, whose features depend on the batch; train it with track_running_stats=True, or %s", m.name, exportInstead)
	case norm && (m.weight == nil) != (m.bias == nil):
		return fmt.Errorf("%s: a BatchNorm with only one of weight and bias; save model.state_dict() as a whole", m.name)
	case norm && len(m.mean.Shape) != 1:
		return fmt.Errorf("%s.running_mean: a tensor of shape %v; that of a BatchNorm has one dimension", m.name, m.mean.Shape)
	case norm:
		return nil
	case m.weight == nil:
		return fmt.Errorf("%s.bias: there is no %s.weight beside it; save model.state_dict() as a whole", m.name, m.name)
	case len(m.weight.Shape) == 1:
		return fmt.Errorf("%s.weight: a vector without running_mean beside it, as of LayerNorm, or of a BatchNorm that keeps no statistics; %s", m.name, exportInstead)
	case len(m.weight.Shape) > 2:
		return fmt.Errorf("%s.weight: of shape %v, a convolution, whose stride and padding a state_dict does not say; save the model with python/pnclab_weights.py, which describes it, or %s", m.name, m.weight.Shape, exportInstead)
	case len(m.weight.Shape) == 0:
		return fmt.Errorf("%s.weight: a single number; %s", m.name, exportInstead)
	case m.bias != nil && !slices.Equal(m.bias.Shape, m.weight.Shape[:1]):
		return fmt.Errorf("%s.bias: of shape %v beside a weight of shape %v; a weight is stored as out×in, so transpose it (.T) if it is in×out", m.name, m.bias.Shape, m.weight.Shape)
	}
	return nil
}

// in and out return the numbers of features of a linear map.
func (m *stateModule) in() int  { return m.weight.Shape[1] }
func (m *stateModule) out() int { return m.weight.Shape[0] }

// orderMaps returns the linear maps from the input to the output.
func orderMaps(maps []*stateModule, order []string, ordered bool) ([]*stateModule, error) {
	families := familiesOf(maps)
	switch {
	case order != nil:
		short := shortModules(maps)
		var sorted []*stateModule
		for _, name := range order {
			i := slices.IndexFunc(maps, func(m *stateModule) bool { return m.name == name })
			if i < 0 {
				i = slices.Index(short, name)
			}
			if i < 0 || slices.Contains(sorted, maps[i]) {
				return nil, fmt.Errorf("the order names %q, which is no linear module, or twice; they are %s", name, strings.Join(short, ", "))
			}
			sorted = append(sorted, maps[i])
		}
		if len(sorted) < len(maps) {
			return nil, fmt.Errorf("the order names %d of %d linear modules; they are %s", len(sorted), len(maps), strings.Join(short, ", "))
		}
		maps = sorted
	case len(families) == 1:
		maps = families[0]
	case ordered:
	default:
		found := chains(families)
		if len(found) > 1 || len(found) == 0 && len(families) > 1 {
			return nil, fmt.Errorf("the order of its linear modules is not plain from their names and shapes; say it, as in --order %s", strings.Join(shortModules(slices.Concat(families...)), ","))
		}
		maps = found[0]
	}
	for i, m := range maps[1:] {
		before := maps[i]
		if m.in() == before.out() {
			continue
		}
		if m.out() == before.in() {
			return nil, fmt.Errorf("%s.weight: %v and %v of %s.weight do not follow one another, but would if they were transposed; a weight is stored as out×in (.T)", m.name, m.weight.Shape, before.weight.Shape, before.name)
		}
		return nil, fmt.Errorf("%s.weight: it takes %d features, but %s.weight before it gives %d; if that is not their order, say it, as in --order %s, and if layers are not a plain sequence, %s", m.name, m.in(), before.name, before.out(), strings.Join(shortModules(maps), ","), exportInstead)
	}
	return maps, nil
}

// familiesOf returns groups of modules whose names differ in numbers alone, in their order.
func familiesOf(modules []*stateModule) (families [][]*stateModule) {
	for _, m := range modules {
		i := slices.IndexFunc(families, func(f []*stateModule) bool { return slices.Equal(f[0].text, m.text) })
		if i < 0 {
			i = len(families)
			families = append(families, nil)
		}
		families[i] = append(families[i], m)
	}
	for _, f := range families {
		slices.SortFunc(f, func(a, b *stateModule) int { return slices.Compare(a.numbers, b.numbers) })
	}
	return families
}

// chains returns the orders of the families, at most two of them, in which each takes as
// many features as that before it gives; none if there are too many families.
func chains(families [][]*stateModule) (found [][]*stateModule) {
	const most = 8
	if len(families) > most {
		return nil
	}
	var extend func(chain []*stateModule, left [][]*stateModule)
	extend = func(chain []*stateModule, left [][]*stateModule) {
		if len(left) == 0 && len(found) < 2 {
			found = append(found, slices.Clone(chain))
		}
		for i, f := range left {
			if len(chain) > 0 && chain[len(chain)-1].out() != f[0].in() {
				continue
			}
			extend(slices.Concat(chain, f), slices.Delete(slices.Clone(left), i, i+1))
		}
	}
	extend(nil, families)
	return found
}

// assignNorms returns the BatchNorm that follows each linear map.
func assignNorms(maps, norms []*stateModule) (map[*stateModule]*stateModule, error) {
	follows := map[*stateModule]*stateModule{}
	for _, n := range norms {
		m := n.linearBefore(maps)
		switch {
		case m == nil || follows[m] != nil:
			return nil, fmt.Errorf("%s: a BatchNorm, of which its name does not say that it follows a linear module directly; %s, or save the model with python/pnclab_weights.py", n.name, exportInstead)
		case n.mean.Shape[0] != m.out():
			return nil, fmt.Errorf("%s.running_mean: %d elements after %s, which gives %d features", n.name, n.mean.Shape[0], m.name, m.out())
		case m == maps[len(maps)-1]:
			return nil, fmt.Errorf("%s: a BatchNorm after the classifier %s; %s", n.name, m.name, exportInstead)
		}
		follows[m] = n
	}
	return follows, nil
}

// linearBefore returns the linear map that the BatchNorm n follows by its name, nil if that
// is not plain: the one before it in an nn.Sequential if there are others in that, or else
// the only one with the same numbers.
func (n *stateModule) linearBefore(maps []*stateModule) (found *stateModule) {
	last := len(n.numbers) - 1
	if last < 0 {
		return nil
	}
	together := false // with linear maps in one nn.Sequential
	several := false
	for _, m := range maps {
		if slices.Equal(m.text, n.text) {
			if slices.Equal(m.numbers[:last], n.numbers[:last]) && m.numbers[last]+1 == n.numbers[last] && n.text[last+1] == "" {
				return m
			}
			together = true
		} else if slices.Equal(m.numbers, n.numbers) {
			several = found != nil
			found = m
		}
	}
	if together || several {
		return nil
	}
	return found
}

// shortModules returns the names of modules without what all begin with.
func shortModules(modules []*stateModule) []string {
	prefix := modules[0].name[:strings.LastIndexByte(modules[0].name, '.')+1]
	for _, m := range modules {
		for !strings.HasPrefix(m.name, prefix) {
			prefix = prefix[:strings.LastIndexByte(strings.TrimSuffix(prefix, "."), '.')+1]
		}
	}
	var short []string
	for _, m := range modules {
		short = append(short, strings.TrimPrefix(m.name, prefix))
	}
	return short
}

// selectReLU returns for every linear map whether a ReLU follows it.
func selectReLU(maps []*stateModule, short []string, patterns []string) ([]bool, error) {
	hidden := len(maps) - 1
	if patterns == nil && hidden > 0 {
		return nil, fmt.Errorf("a state_dict, which does not say where activations are: say after which of %s a ReLU follows, --relu all or none, or names", strings.Join(short[:hidden], ", "))
	}
	relu := make([]bool, len(maps))
	for _, p := range patterns {
		matched := false
		for i := range hidden {
			for _, name := range []string{maps[i].name, short[i]} {
				ok, err := path.Match(p, name)
				if err != nil {
					return nil, fmt.Errorf("ReLU after %q: %w", p, err)
				}
				if ok || p == name {
					relu[i], matched = true, true
				}
			}
		}
		if !matched {
			return nil, fmt.Errorf("ReLU after %q, which is no hidden layer; they are %s", p, strings.Join(short[:hidden], ", "))
		}
	}
	return relu, nil
}
