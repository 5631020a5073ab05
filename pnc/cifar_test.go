package pnc

import (
	"archive/tar"
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"pnclab/pnc/internal/cifar"
)

// tinyCIFAR writes an archive with two images per class in every batch; all pixels
// of a colour are equal.
func tinyCIFAR(t *testing.T, path ...string) string {
	t.Helper()
	var batch, archive bytes.Buffer
	for i := range 20 {
		batch.WriteByte(byte(i % 10))
		for colour := range 3 {
			batch.Write(bytes.Repeat([]byte{byte(10*colour + i)}, 32*32))
		}
	}
	w := tar.NewWriter(&archive)
	add := func(name string, content []byte) {
		w.WriteHeader(&tar.Header{Name: "cifar-10-batches-bin/" + name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg})
		w.Write(content)
	}
	add(cifar.Ten.Names, []byte(strings.Join([]string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}, "\n")))
	for _, name := range append(cifar.Ten.Test, cifar.Ten.Train...) {
		add(name, batch.Bytes())
	}
	w.Close()
	return writeFile(t, archive.Bytes(), path...)
}

func TestCIFAR10(t *testing.T) {
	dir := tempData(t)
	path := tinyCIFAR(t, dir, "cifar-10-binary-tiny.tar.gz")
	train, err := ImageFiles{Set: "cifar-10"}.Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	if train.Len() != 100 || train.Dim() != 3072 || train.K() != 10 || train.ClassNames[2] != "c" {
		t.Errorf("got %v with classes %v", train, train.ClassNames)
	}
	row := train.Row(nil, 3)
	for _, at := range []struct {
		pixel int
		want  float64
	}{{0, 3. / 255}, {1024, 13. / 255}, {3071, 23. / 255}} {
		if math.Abs(row[at.pixel]-at.want) > 1e-15 {
			t.Errorf("pixel %d of image 3 is %v, want %v", at.pixel, row[at.pixel], at.want)
		}
	}
	test, err := ImageFiles{Set: "cifar-10", Split: "test", PerClass: 1, Standardize: true}.Generate(1)
	if err != nil || test.Len() != 10 {
		t.Fatalf("%v, %v", test, err)
	}
	// Each colour is normalised separately: its mean is 0 although the colours
	// differ.
	for colour := range 3 {
		var sum float64
		for i := range test.Len() {
			sum += test.Row(nil, i)[colour*1024]
		}
		if math.Abs(sum) > 1e-12 {
			t.Errorf("colour %d has mean %v", colour, sum/10)
		}
	}
	direct, err := ReadCIFAR(path, true)
	if err != nil || direct.Len() != 20 || direct.Name != "CIFAR-10 from cifar-10-binary-tiny.tar.gz" {
		t.Errorf("%v, %v", direct, err)
	}
}

func TestReadCIFARBatch(t *testing.T) {
	var batch []byte
	for k := range byte(10) {
		batch = append(batch, k)
		batch = append(batch, make([]byte, cifar.Dim)...)
	}
	data, err := ReadCIFAR(writeFile(t, batch, t.TempDir(), "data_batch_1.bin"), false)
	if err != nil || data.Len() != 10 || data.ClassNames[7] != "7" {
		t.Errorf("%v, %v", data, err)
	}
	_, err = ReadCIFAR(writeFile(t, batch[:2*(cifar.Dim+1)], t.TempDir(), "data_batch_1.bin"), false)
	expectError(t, "missing classes", err, "data_batch_1.bin: class 2 of 10 has no sample")
}

func TestCIFAR10Real(t *testing.T) {
	for split, least := range map[string]int{"train": 10000, "test": 2000} {
		needRealData(t, "cifar-10", split)
		data, err := ImageFiles{Set: "cifar-10", Split: split}.Generate(1)
		if err != nil {
			t.Fatal(err)
		}
		if data.Len() < least || data.Dim() != 3072 || !data.Balanced() || fmt.Sprint(data.ClassNames[:3]) != "[airplane automobile bird]" {
			t.Errorf("%s: got %v with classes %v", split, data, data.ClassNames)
		}
		// The known means of the colours over the training set are .4914, .4822 and
		// .4465; those of a subset differ by less than .01.
		for colour, want := range []float64{0.4914, 0.4822, 0.4465} {
			var sum float64
			row := make([]float64, 3072)
			for i := range data.Len() {
				for _, v := range data.Row(row, i)[colour*1024 : (colour+1)*1024] {
					sum += v
				}
			}
			if mean := sum / float64(data.Len()*1024); math.Abs(mean-want) > 0.01 {
				t.Errorf("%s: colour %d has mean %.4f, want about %.4f", split, colour, mean, want)
			}
		}
	}
}
