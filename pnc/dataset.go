package pnc

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/samples"
)

// Dataset is a labelled set of N samples of dimension d in K classes.
//
// The samples are held either as float64 or, for images, as the bytes of the
// file they came from, which are normalised when they are read and take an eighth of
// the memory. Both behave alike. Nothing in this package modifies a Dataset;
// functions that change samples return a new one.
type Dataset struct {
	// Name describes the data, as it should appear under a figure.
	Name string
	// Labels holds the class of every sample, 0 ≤ Labels[i] < K.
	Labels []int
	// ClassNames holds the K names of the classes.
	ClassNames []string
	// StandIn is the title of the published data set that these data replace, such as
	// "CIFAR-10", because it was not found; it is empty for all other data. Data
	// derived from a stand-in are stand-ins too. See [Images] and [News].
	StandIn string
	// Differs says in which way the files of a published data set are not those that its
	// authors published, as far as checksums tell; it is empty for all other data. It
	// holds for derived data too. See [Dataset.Describe].
	Differs string

	samples samples.Set
}

// NewDataset returns the data set of the rows of x, an N×d matrix that is used
// without copying, and their labels in the given number of classes. It returns an
// error if the numbers of rows and labels differ, a label is out of range, a class
// has no sample, there is only one class, or x holds NaN or Inf.
func NewDataset(name string, x *mat.Dense, labels []int, classes int) (*Dataset, error) {
	if classes < 1 {
		return nil, fmt.Errorf("%s: %d classes; at least two are needed", name, classes)
	}
	return newDataset(name, samples.Dense{Dense: x}, labels, numberNames(classes))
}

// newDataset is NewDataset for any storage; it checks all its arguments.
func newDataset(name string, s samples.Set, labels []int, classNames []string) (*Dataset, error) {
	d := &Dataset{Name: name, Labels: labels, ClassNames: classNames, samples: s}
	if err := d.check(); err != nil {
		return nil, err
	}
	return d, nil
}

// derived returns a data set that is made of this one: it is a stand-in if this one is,
// and differs from what was published as this one does.
func (d *Dataset) derived(name string, s samples.Set, labels []int, classNames []string) (*Dataset, error) {
	out, err := newDataset(name, s, labels, classNames)
	if err == nil {
		out.StandIn, out.Differs = d.StandIn, d.Differs
	}
	return out, err
}

// check returns an error that names the first reason why the data cannot be used.
func (d *Dataset) check() error {
	n, dim := d.samples.Dims()
	if err := checkLabels(d.Name, n, d.Labels, d.K()); err != nil {
		return err
	}
	s, ok := d.samples.(samples.Dense)
	if !ok {
		return nil // bytes are always finite
	}
	for i := range n {
		for j, v := range s.RawRowView(i) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("%s: feature %d of sample %d is %v; remove the sample or fix the export", d.Name, j, i, v)
			}
		}
	}
	if dim == 0 {
		return fmt.Errorf("%s: samples have no features", d.Name)
	}
	return nil
}

// checkLabels returns an error if the labels do not describe n samples in the given
// number of classes.
func checkLabels(name string, n int, labels []int, classes int) error {
	if len(labels) != n {
		return fmt.Errorf("%s: %d samples but %d labels; there must be one label per sample", name, n, len(labels))
	}
	if n == 0 {
		return fmt.Errorf("%s: no samples", name)
	}
	if classes < 2 {
		return fmt.Errorf("%s: only one class; compression and discrimination need at least two", name)
	}
	sizes := make([]int, classes)
	for i, y := range labels {
		if y < 0 || y >= classes {
			return fmt.Errorf("%s: label %d of sample %d is not in 0..%d", name, y, i, classes-1)
		}
		sizes[y]++
	}
	if k := slices.Index(sizes, 0); k >= 0 {
		return fmt.Errorf("%s: class %d of %d has no sample; renumber the labels or add samples", name, k, classes)
	}
	return nil
}

// Len returns the number of samples N.
func (d *Dataset) Len() int { n, _ := d.samples.Dims(); return n }

// Dim returns the dimension d of a sample.
func (d *Dataset) Dim() int { _, dim := d.samples.Dims(); return dim }

// K returns the number of classes.
func (d *Dataset) K() int { return len(d.ClassNames) }

// X returns the samples as an N×d matrix, one per row. For float64 data it is the
// storage itself and must not be modified; for images it is computed at every call
// and takes 8Nd bytes.
func (d *Dataset) X() *mat.Dense {
	if s, ok := d.samples.(samples.Dense); ok {
		return s.Dense
	}
	n, dim := d.samples.Dims()
	x := mat.NewDense(n, dim, nil)
	for i := range n {
		d.samples.Row(x.RawRowView(i), i)
	}
	return x
}

// Row copies sample i into dst, which must have length d, or into a new slice if
// dst is nil, and returns it.
func (d *Dataset) Row(dst []float64, i int) []float64 {
	if dst == nil {
		dst = make([]float64, d.Dim())
	}
	if len(dst) != d.Dim() {
		panic(fmt.Sprintf("pnc: Row: dst has length %d, the samples have dimension %d", len(dst), d.Dim()))
	}
	d.samples.Row(dst, i)
	return dst
}

// OneHot returns the N×K one-hot matrix of the labels, the transpose of the
// paper's Y.
func (d *Dataset) OneHot() *mat.Dense {
	y := mat.NewDense(d.Len(), d.K(), nil)
	for i, k := range d.Labels {
		y.Set(i, k, 1)
	}
	return y
}

// ClassSizes returns the number of samples of each class.
func (d *Dataset) ClassSizes() []int {
	sizes := make([]int, d.K())
	for _, k := range d.Labels {
		sizes[k]++
	}
	return sizes
}

// Balanced reports whether all classes have the same number of samples, as the
// theorem assumes.
func (d *Dataset) Balanced() bool {
	sizes := d.ClassSizes()
	return slices.Min(sizes) == slices.Max(sizes)
}

// String describes the data: its name, N, d and K.
func (d *Dataset) String() string {
	return fmt.Sprintf("%s (N=%d, d=%d, K=%d)", d.Name, d.Len(), d.Dim(), d.K())
}

// numberNames names classes by their numbers.
func numberNames(classes int) []string {
	names := make([]string, classes)
	for k := range names {
		names[k] = fmt.Sprint(k)
	}
	return names
}
