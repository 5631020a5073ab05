package pnc

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestMNIST(t *testing.T) {
	dir := tempData(t)
	tinyMNIST(t, 3, dir, "mnist", "t10k")
	data, err := ImageFiles{Set: "mnist", Split: "test"}.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if data.Len() != 30 || data.Dim() != 4 || data.K() != 10 || data.Name != "MNIST test set (30 of 10000)" {
		t.Errorf("got %v", data)
	}
	for i, k := range data.Labels {
		row := data.Row(nil, i)
		if k != i%10 || math.Abs(row[0]-float64(k)/255) > 1e-15 || row[3] != 1 {
			t.Errorf("image %d of class %d holds %v", i, k, row)
		}
	}
	some, err := ImageFiles{Set: "mnist", Split: "test", PerClass: 2}.Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	if some.Len() != 20 || !some.Balanced() || some.Name != "MNIST test set (30 of 10000), 2 per class" {
		t.Errorf("got %v", some)
	}
	_, err = ImageFiles{Set: "mnist", Split: "test", PerClass: 4}.Generate(1)
	expectError(t, "too many", err, "4 samples per class requested")
	_, err = ImageFiles{Set: "mnist"}.Generate(1)
	expectError(t, "no training set", err, `train-images-idx3-ubyte.gz not found and downloads are off (PNC_OFFLINE); put it into `+filepath.Join(dir, "mnist")+` (the test set is available: Split "test")`)
	_, err = ImageFiles{Set: "mnist", Split: "validation"}.Generate(1)
	expectError(t, "unknown split", err, `MNIST: no split "validation"; available are train, test`)
}

// FashionMNIST uses the file names of MNIST; outside a folder of their own, files
// with these names belong to MNIST.
func TestFlatFilesAreMNIST(t *testing.T) {
	dir := tempData(t)
	tinyMNIST(t, 1, dir, "train")
	if _, err := (ImageFiles{Set: "mnist"}).Generate(1); err != nil {
		t.Error(err)
	}
	_, err := ImageFiles{Set: "fashion-mnist"}.Generate(1)
	expectError(t, "flat FashionMNIST", err, "fashion-mnist: train-images-idx3-ubyte.gz not found")
	tinyMNIST(t, 1, dir, "fashion-mnist", "train")
	data, err := ImageFiles{Set: "fashion-mnist"}.Generate(1)
	if err != nil || data.ClassNames[9] != "ankle boot" {
		t.Errorf("%v, %v", data, err)
	}
}

// TestMNISTElsewhere has the files with the names and in the folders of other programs.
func TestMNISTElsewhere(t *testing.T) {
	for _, test := range []struct{ set, images, labels string }{
		{"mnist", "train-images.idx3-ubyte", "train-labels.idx1-ubyte"},
		{"fashion-mnist", "FashionMNIST/raw/train-images-idx3-ubyte", "FashionMNIST/raw/train-labels-idx1-ubyte"},
	} {
		dir := tempData(t)
		writeFile(t, idxFile([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 10, 1, 1), dir, test.images)
		writeFile(t, idxFile([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 10), dir, test.labels)
		data, err := ImageFiles{Set: test.set}.Generate(1)
		if err != nil || data.Len() != 10 {
			t.Errorf("%s: %v, %v", test.images, data, err)
		}
	}
}

func TestFingerprint(t *testing.T) {
	dir := tempData(t)
	tinyMNIST(t, 1, dir, "mnist", "train")
	one := Must(ImageFiles{Set: "mnist"}.Fingerprint())
	if again := Must(ImageFiles{Set: "mnist", PerClass: 1}.Fingerprint()); again != one {
		t.Error("the fingerprint of the same files differs")
	}
	tinyMNIST(t, 2, dir, "mnist", "train")
	if other := Must(ImageFiles{Set: "mnist"}.Fingerprint()); other == one {
		t.Error("the fingerprint of other files is the same")
	}
	_, err := ImageFiles{Set: "mnist", Split: "test"}.Fingerprint()
	expectError(t, "missing", err, "not found")
}

func TestReadIDXBad(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, content []byte) string { return writeFile(t, content, dir, name) }
	images := write("images", idxFile([]byte{1, 2, 3, 4}, 4, 1, 1))
	labels := write("labels.gz", idxFile([]byte{0, 1, 1, 0}, 4))
	if _, err := ReadIDX(images, labels); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, images, labels, want string }{
		{"missing", filepath.Join(dir, "none"), labels, "none: no such file"},
		{"not IDX", write("text", []byte("some text")), labels, "text: not an IDX file"},
		{"truncated", write("cut", idxFile([]byte{1, 2, 3}, 4, 1, 1)), labels, "cut: truncated after 3 of 4"},
		{"labels as images", labels, labels, "labels.gz: an array of 1 dimensions; images have 3"},
		{"images as labels", images, images, "images: an array of 3 dimensions; labels have 1"},
		{"counts", images, write("three", idxFile([]byte{0, 1, 1}, 3)), "three has 3 labels, but"},
		{"no class 1", images, write("gap", idxFile([]byte{0, 2, 2, 0}, 4)), "gap: class 1 of 3 has no sample"},
		{"one class", images, write("one", idxFile([]byte{0, 0, 0, 0}, 4)), "one: only one class"},
		{"empty", write("empty", idxFile(nil, 0, 28, 28)), write("nolabels", idxFile(nil, 0)), "empty: no images"},
	} {
		_, err := ReadIDX(test.images, test.labels)
		expectError(t, test.name, err, test.want)
	}
}

func TestMNISTLabelsOutOfRange(t *testing.T) {
	dir := tempData(t)
	labels := make([]byte, 11)
	for k := range labels {
		labels[k] = byte(k)
	}
	writeFile(t, idxFile(make([]byte, 11), 11, 1, 1), dir, "mnist", "train-images-idx3-ubyte")
	writeFile(t, idxFile(labels, 11), dir, "mnist", "train-labels-idx1-ubyte")
	_, err := ImageFiles{Set: "mnist"}.Generate(1)
	expectError(t, "label 10", err, "train-labels-idx1-ubyte: labels up to 10; there are 10 classes")
}

func TestMNISTReal(t *testing.T) {
	needRealData(t, "mnist", "test")
	data, err := ImageFiles{Set: "mnist", Split: "test"}.Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	if data.Len() != 10000 || data.Dim() != 784 || data.Name != "MNIST test set" {
		t.Errorf("got %v", data)
	}
	// The published class sizes of the test set.
	for k, n := range []int{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009} {
		if got := data.ClassSizes()[k]; got != n {
			t.Errorf("%d images of the digit %d, want %d", got, k, n)
		}
	}
	// PyTorch users normalise the training set by the mean .1307 and the deviation
	// .3081; those of the test set differ by about 1 %.
	x := data.X()
	mean := mat.Sum(x) / (10000 * 784)
	std := math.Sqrt(math.Pow(mat.Norm(x, 2), 2)/(10000*784) - mean*mean)
	if math.Abs(mean-0.1307) > 0.003 || math.Abs(std-0.3081) > 0.004 {
		t.Errorf("pixels have mean %.4f and deviation %.4f", mean, std)
	}
}
