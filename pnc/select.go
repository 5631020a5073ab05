package pnc

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/random"
	"pnclab/pnc/internal/samples"
)

// Subset returns the samples with the given indices, in that order, with all K
// classes kept. It returns an error if a class would be left without a sample.
func (d *Dataset) Subset(index []int) (*Dataset, error) {
	labels := make([]int, len(index))
	for i, j := range index {
		if j < 0 || j >= d.Len() {
			panic(fmt.Sprintf("pnc: Subset: index %d of %d samples", j, d.Len()))
		}
		labels[i] = d.Labels[j]
	}
	return d.derived(d.Name, d.samples.Subset(index), labels, d.ClassNames)
}

// PerClass returns a balanced set of n samples of every class, drawn without
// replacement with the given seed and ordered by class. It returns an error if a
// class has fewer than n samples.
func (d *Dataset) PerClass(n int, seed int) (*Dataset, error) {
	rnd := random.New(seed, random.Subset)
	var index []int
	for k, members := range d.members() {
		if n < 1 || len(members) < n {
			return nil, fmt.Errorf("%s: %d samples per class requested, but class %s has %d", d.Name, n, d.ClassNames[k], len(members))
		}
		rnd.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		index = append(index, members[:n]...)
	}
	return d.Subset(index)
}

// Classes returns the samples of the given classes, renumbered 0, 1, ... in the
// order given, as transfer experiments need.
func (d *Dataset) Classes(classes ...int) (*Dataset, error) {
	var index, labels []int
	var names []string
	for _, k := range classes {
		if k < 0 || k >= d.K() {
			return nil, fmt.Errorf("%s: no class %d; there are %d, counted from 0", d.Name, k, d.K())
		}
		names = append(names, d.ClassNames[k])
	}
	for i, y := range d.Labels {
		if k := slices.Index(classes, y); k >= 0 {
			index, labels = append(index, i), append(labels, k)
		}
	}
	return d.derived(d.Name, d.samples.Subset(index), labels, names)
}

// Split divides the samples of every class at random into a first part with the
// given fraction (rounded to the nearest count, at least one sample) and the
// rest. It returns an error if a class is too small to be in both parts.
func (d *Dataset) Split(fraction float64, seed int) (first, rest *Dataset, err error) {
	if !(fraction > 0 && fraction < 1) {
		return nil, nil, fmt.Errorf("%s: the split fraction %v is not between 0 and 1", d.Name, fraction)
	}
	rnd := random.New(seed, random.Subset)
	var a, b []int
	for k, members := range d.members() {
		n := max(1, int(math.Round(fraction*float64(len(members)))))
		if n >= len(members) {
			return nil, nil, fmt.Errorf("%s: class %s has %d samples, too few to split", d.Name, d.ClassNames[k], len(members))
		}
		rnd.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		a, b = append(a, members[:n]...), append(b, members[n:]...)
	}
	if first, err = d.Subset(a); err != nil {
		return nil, nil, err
	}
	rest, err = d.Subset(b)
	return first, rest, err
}

// members returns the indices of the samples of each class.
func (d *Dataset) members() [][]int {
	m := make([][]int, d.K())
	for i, k := range d.Labels {
		m[k] = append(m[k], i)
	}
	return m
}

// Standardize returns the data with every feature shifted to mean 0 and, unless
// it is constant, scaled to variance 1 over the samples. Images are normalised per
// channel instead, as is customary, and remain stored as bytes.
func (d *Dataset) Standardize() *Dataset {
	out := *d
	if p, ok := d.samples.(samples.Pixels); ok {
		out.samples = p.Standardized()
		return &out
	}
	n, dim := d.samples.Dims()
	x := mat.DenseCopyOf(d.X())
	for j := range dim {
		var mean, m2 float64
		for i := range n { // Welford's update: one pass without cancellation
			v := x.At(i, j)
			delta := v - mean
			mean += delta / float64(i+1)
			m2 += delta * (v - mean)
		}
		std := math.Sqrt(m2 / float64(n))
		if std == 0 {
			std = 1
		}
		for i := range n {
			x.Set(i, j, (x.At(i, j)-mean)/std)
		}
	}
	out.samples = samples.Dense{Dense: x}
	return &out
}

// Normalize returns the data with (v - mean[c])/std[c] for the values v of channel c of
// images, or of feature c of other samples; one mean and one std are those of all. Images
// must be as they were read, with values in 0..1, and remain stored as bytes. It returns
// an error if there are not as many, or a std is not positive.
func (d *Dataset) Normalize(mean, std []float64) (*Dataset, error) {
	channels := d.Shape().Channels
	for _, v := range []*[]float64{&mean, &std} {
		if len(*v) == 1 {
			*v = slices.Repeat(*v, channels)
		}
		if len(*v) != channels {
			return nil, fmt.Errorf("%s: %d means or standard deviations for %d channels; give one of each, or one per channel", d.Name, len(*v), channels)
		}
	}
	for c, s := range std {
		if !(s > 0) || math.IsInf(s, 0) || math.IsNaN(mean[c]) || math.IsInf(mean[c], 0) {
			return nil, fmt.Errorf("%s: mean %g and standard deviation %g of channel %d; a standard deviation is positive", d.Name, mean[c], s, c)
		}
	}
	out := *d
	if p, ok := d.samples.(samples.Pixels); ok {
		out.samples = p.Normalized(mean, std)
		return &out, nil
	}
	x := mat.DenseCopyOf(d.X())
	x.Apply(func(_, j int, v float64) float64 { return (v - mean[j]) / std[j] }, x)
	out.samples = samples.Dense{Dense: x}
	return &out, nil
}
