// Package cifar reads the binary version of CIFAR-10 and CIFAR-100: files of
// records, each with one or two label bytes and then a 32×32 image, all red values
// first, then all green, then all blue.
package cifar

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pnclab/pnc/internal/files"
)

// Dim is the number of bytes of an image.
const Dim = 3 * 32 * 32

// Format describes the layout of one of the data sets.
type Format struct {
	Title       string
	Train, Test []string // names of the files with records
	Names       string   // name of the file with the names of the classes
	Classes     int
	labels      int // bytes before an image
	label       int // index of the byte that is the class
}

// The formats of the published sets. CIFAR-100 has two labels per image: one of 20
// superclasses, which is skipped, and one of 100 classes.
var (
	Ten = Format{
		Title: "CIFAR-10", Names: "batches.meta.txt", Classes: 10, labels: 1,
		Train: []string{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
		Test:  []string{"test_batch.bin"},
	}
	Hundred = Format{
		Title: "CIFAR-100", Names: "fine_label_names.txt", Classes: 100, labels: 2, label: 1,
		Train: []string{"train.bin"}, Test: []string{"test.bin"},
	}
)

// Images holds images and their classes.
type Images struct {
	Pixels []uint8 // Dim bytes per image
	Labels []int
	Names  []string // of the classes
}

// errDone ends the reading of an archive once everything needed has been read.
var errDone = errors.New("done")

// Read reads the training images, or the test images, from path: a tar archive,
// compressed or not, or a directory with the files that are in the archive, at
// any depth. Images are ordered by batch number, regardless of their order in the
// archive.
func Read(path string, f Format, test bool) (*Images, error) {
	batches := f.Train
	if test {
		batches = f.Test
	}
	found := make([]*Images, len(batches))
	var names []string
	missing := len(batches) + 1
	want := func(name string) bool { return name == f.Names || slices.Contains(batches, name) }
	err := walk(path, want, func(name string, size int64, r io.Reader) (err error) {
		if name == f.Names {
			names, err = readNames(r, f.Classes)
		} else {
			found[slices.Index(batches, name)], err = f.read(r, size)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if missing--; missing == 0 {
			return errDone
		}
		return nil
	})
	if err != nil && err != errDone {
		return nil, files.Cause(path, err)
	}
	all := &Images{Names: names}
	if names == nil {
		return nil, fmt.Errorf("%s: it does not contain %s", path, f.Names)
	}
	total := 0
	for i, b := range found {
		if b == nil {
			return nil, fmt.Errorf("%s: it does not contain %s", path, batches[i])
		}
		total += len(b.Pixels)
	}
	if len(found) == 1 {
		all.Pixels, all.Labels = found[0].Pixels, found[0].Labels
		return all, nil
	}
	all.Pixels = make([]uint8, 0, total)
	for i, b := range found {
		all.Pixels = append(all.Pixels, b.Pixels...)
		all.Labels = append(all.Labels, b.Labels...)
		found[i] = nil // a batch is 30 MB
	}
	return all, nil
}

// ReadBatch reads one file of records. The classes are named by their numbers.
func ReadBatch(path string, f Format) (*Images, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, files.Cause(path, err)
	}
	defer r.Close()
	info, err := r.Stat()
	if err != nil {
		return nil, files.Cause(path, err)
	}
	images, err := f.read(r, info.Size())
	if err != nil {
		return nil, files.Cause(path, err)
	}
	for k := range f.Classes {
		images.Names = append(images.Names, fmt.Sprint(k))
	}
	return images, nil
}

// Detect returns the format of a directory, an archive or a file of records.
func Detect(path string) (Format, error) {
	if strings.HasSuffix(path, ".bin") {
		info, err := os.Stat(path)
		if err != nil {
			return Format{}, files.Cause(path, err)
		}
		for _, f := range []Format{Ten, Hundred} {
			if info.Size()%int64(f.labels+Dim) == 0 {
				return f, nil
			}
		}
		return Format{}, fmt.Errorf("%s: %d bytes are not a whole number of CIFAR records; the file is truncated or of another kind", path, info.Size())
	}
	var found Format
	err := walk(path, func(name string) bool { return name == Ten.Names || name == Hundred.Names }, func(name string, _ int64, _ io.Reader) error {
		found = Ten
		if name == Hundred.Names {
			found = Hundred
		}
		return errDone
	})
	switch {
	case err == errDone:
		return found, nil
	case err != nil:
		return Format{}, files.Cause(path, err)
	}
	return Format{}, fmt.Errorf("%s: it contains neither %s nor %s, so it is not the binary version of CIFAR", path, Ten.Names, Hundred.Names)
}

// read reads size bytes of records. The images are compacted within the buffer that
// they were read into, because those of a data set take 150 MB.
func (f Format) read(r io.Reader, size int64) (*Images, error) {
	record := f.labels + Dim
	if size%int64(record) != 0 {
		return nil, fmt.Errorf("%d bytes are not a whole number of records of %d; the file is truncated or of another kind", size, record)
	}
	data := make([]uint8, size)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, err
	}
	images := &Images{Labels: make([]int, len(data)/record)}
	for i := range images.Labels {
		k := int(data[i*record+f.label])
		if k >= f.Classes {
			return nil, fmt.Errorf("label %d of image %d is not in 0..%d; is this another format?", k, i, f.Classes-1)
		}
		images.Labels[i] = k
		copy(data[i*Dim:], data[i*record+f.labels:(i+1)*record])
	}
	images.Pixels = data[:len(images.Labels)*Dim]
	return images, nil
}

// readNames reads one name per line.
func readNames(r io.Reader, classes int) ([]string, error) {
	const limit = 1 << 16
	text, err := io.ReadAll(io.LimitReader(r, limit))
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range bytes.Lines(text) {
		if name := strings.TrimSpace(string(line)); name != "" {
			names = append(names, name)
		}
	}
	if len(names) != classes {
		return nil, fmt.Errorf("%d names of classes, want %d", len(names), classes)
	}
	return names, nil
}

// visitor is called with the name of a file, its size and its content.
type visitor func(name string, size int64, r io.Reader) error

// walk calls visit for the files in a directory or archive for which want returns
// true, given their names without a folder, until visit returns an error.
func walk(path string, want func(name string) bool, visit visitor) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return walkArchive(path, want, visit)
	}
	root, err := filepath.EvalSymlinks(path) // WalkDir does not follow a link
	if err != nil {
		return err
	}
	return filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !want(d.Name()) {
			return err
		}
		f, err := os.Open(p)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		return visit(d.Name(), info.Size(), f)
	})
}
