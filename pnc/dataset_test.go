package pnc

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/samples"
)

// TestDatasetErrors checks that every kind of unusable data is rejected with one
// line that names the problem.
func TestDatasetErrors(t *testing.T) {
	x := func(v ...float64) *mat.Dense { return mat.NewDense(len(v), 1, v) }
	for _, c := range []struct {
		x       *mat.Dense
		labels  []int
		classes int
		want    string
	}{
		{x(1, 2, 3), []int{0, 1}, 2, "3 samples but 2 labels"},
		{x(1, 2), []int{0, 2}, 2, "label 2 of sample 1 is not in 0..1"},
		{x(1, 2), []int{0, -1}, 2, "label -1"},
		{x(1, 2, 3), []int{0, 2, 2}, 3, "class 1 of 3 has no sample"},
		{x(1, 2), []int{0, 0}, 1, "only one class"},
		{x(1, 2), []int{0, 0}, 0, "0 classes"},
		{x(1, math.NaN()), []int{0, 1}, 2, "feature 0 of sample 1 is NaN"},
		{x(math.Inf(-1), 1), []int{0, 1}, 2, "-Inf"},
	} {
		_, err := NewDataset("file.npz", c.x, c.labels, c.classes)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "file.npz: ") {
			t.Errorf("error %v, want file.npz: ... %s", err, c.want)
		}
	}
}

// TestSelect checks that subsets, classes and splits hold the right samples.
func TestSelect(t *testing.T) {
	d := Must(Blobs{Classes: 4, PerClass: 10, Dim: 3, Spread: 1}.Generate(1))
	s := Must(d.Subset([]int{35, 2, 14, 27}))
	if !slices.Equal(s.Labels, []int{3, 0, 1, 2}) || !slices.Equal(s.Row(nil, 0), d.Row(nil, 35)) {
		t.Errorf("subset has labels %v", s.Labels)
	}
	if _, err := d.Subset([]int{0, 11}); err == nil {
		t.Error("a subset without samples of a class was accepted")
	}
	p := Must(d.PerClass(3, 1))
	if !slices.Equal(p.ClassSizes(), []int{3, 3, 3, 3}) || !p.Balanced() {
		t.Errorf("PerClass(3) has sizes %v", p.ClassSizes())
	}
	if _, err := d.PerClass(11, 1); err == nil || !strings.Contains(err.Error(), "class 0 has 10") {
		t.Errorf("PerClass(11): error %v", err)
	}
	c := Must(d.Classes(3, 1))
	if c.K() != 2 || c.ClassNames[0] != "3" || !slices.Equal(c.Row(nil, 10), d.Row(nil, 30)) || c.Labels[10] != 0 {
		t.Errorf("classes %v, labels %v", c.ClassNames, c.Labels)
	}
	a, b, err := d.Split(0.3, 1)
	if err != nil || !slices.Equal(a.ClassSizes(), []int{3, 3, 3, 3}) || !slices.Equal(b.ClassSizes(), []int{7, 7, 7, 7}) {
		t.Errorf("split into %v and %v, error %v", a.ClassSizes(), b.ClassSizes(), err)
	}
	for i := range a.Len() {
		for j := range b.Len() {
			if slices.Equal(a.Row(nil, i), b.Row(nil, j)) {
				t.Errorf("sample %d is in both parts", i)
			}
		}
	}
	y := d.OneHot()
	if mat.Sum(y) != 40 || y.At(39, 3) != 1 {
		t.Error("OneHot is wrong")
	}
}

// TestStandardize checks means and variances of float64 data and of images, and that
// bytes and floats give the same values.
func TestStandardize(t *testing.T) {
	d := Must(Blobs{Classes: 2, PerClass: 30, Dim: 4, Spread: 3}.Generate(1)).Standardize()
	for j := range 4 {
		col := mat.Col(nil, j, d.X())
		var sum, squares float64
		for _, v := range col {
			sum, squares = sum+v, squares+v*v
		}
		approx.Equal(t, "mean", sum/60, 0, 0, 1e-14)
		approx.Equal(t, "variance", squares/60, 1, 1e-13, 0)
	}
	bytes := []uint8{0, 50, 100, 7, 255, 3, 9, 80, 0, 0, 1, 2} // two images of 2 channels × 3 pixels
	img, err := newDataset("images", samples.NewPixels(bytes, 2, 1, 3), []int{0, 1}, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	approx.Equal(t, "pixel", img.X().At(0, 1), 50./255, 1e-15, 0)
	x := img.Standardize().X()
	for c := range 2 {
		var sum, squares float64
		for i := range 2 {
			for j := range 3 {
				v := x.At(i, 3*c+j)
				sum, squares = sum+v, squares+v*v
			}
		}
		approx.Equal(t, "channel mean", sum/6, 0, 0, 1e-14)
		approx.Equal(t, "channel variance", squares/6, 1, 1e-13, 0)
	}
	row := make([]float32, 6)
	img.Standardize().samples.Row32(row, 1)
	for j, v := range row {
		approx.Equal(t, "float32 pixel", float64(v), x.At(1, j), 1e-6, 1e-6)
	}
}

// TestNormalize checks that images, which stay bytes, and other samples are normalised
// alike: by one mean and one standard deviation for all, or per channel.
func TestNormalize(t *testing.T) {
	images := randomImages(Shape{3, 2, 4}, 6, 2, 1)
	bytes := make([]uint8, 6*24)
	for i := range bytes {
		bytes[i] = uint8(37 * i)
	}
	pixels := Must(newDataset("pixels", samples.NewPixels(bytes, 3, 2, 4), images.Labels, images.ClassNames))
	mean, std := []float64{0.4914, 0.4822, 0.4465}, []float64{0.247, 0.243, 0.261}
	x := Must(pixels.Normalize(mean, std)).X()
	for i, b := range bytes {
		c := i % 24 / 8
		// Two roundings of values of at most 2/std, here and there.
		approx.Equal(t, "pixel", x.At(i/24, i%24), (float64(b)/255-mean[c])/std[c], 0, 4*0x1p-52*2/0.243)
	}
	if s := Must(pixels.Normalize(mean, std)).Shape(); s != (Shape{3, 2, 4}) {
		t.Errorf("shape %v", s)
	}
	dense := Must(NewDataset("dense", pixels.X(), images.Labels, 2))
	want := Must(pixels.Normalize([]float64{0.25}, []float64{0.5})).X().RawMatrix().Data
	approx.All(t, "samples", Must(dense.Normalize([]float64{0.25}, []float64{0.5})).X().RawMatrix().Data, want, 0, 0x1p-50)
	for _, c := range []struct{ mean, std []float64 }{{mean, std[:2]}, {mean[:2], std}, {nil, std}, {mean, []float64{0}}, {[]float64{math.NaN()}, std}} {
		if _, err := pixels.Normalize(c.mean, c.std); err == nil {
			t.Errorf("normalised by %v and %v", c.mean, c.std)
		}
	}
}
