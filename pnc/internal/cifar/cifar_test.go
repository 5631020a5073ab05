package cifar

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pnclab/internal/budget/memtest"
)

// batch returns records with the given labels, in which image i is filled with the
// byte first + i.
func batch(f Format, first byte, labels ...byte) []byte {
	var b []byte
	for i, k := range labels {
		head := make([]byte, f.labels)
		head[f.label] = k
		b = append(b, head...)
		b = append(b, bytes.Repeat([]byte{first + byte(i)}, Dim)...)
	}
	return b
}

// names returns the file with the names c0, c1, ... of the classes.
func names(classes int) []byte {
	var b bytes.Buffer
	for k := range classes {
		fmt.Fprintf(&b, "c%d\n", k)
	}
	b.WriteString("\n")
	return b.Bytes()
}

// files10 returns a small CIFAR-10 with one image per batch, of class i in batch i.
func files10() map[string][]byte {
	files := map[string][]byte{"batches.meta.txt": names(10), "test_batch.bin": batch(Ten, 100, 9, 8)}
	for i, name := range Ten.Train {
		files[name] = batch(Ten, byte(i), byte(i))
	}
	return files
}

func files100() map[string][]byte {
	return map[string][]byte{
		"fine_label_names.txt": names(100),
		"train.bin":            batch(Hundred, 1, 99, 0, 42), "test.bin": batch(Hundred, 9, 7),
	}
}

// archive writes the files to a compressed tar archive in reverse order of their
// names, and truncates it to a share of its length.
func archive(t *testing.T, files map[string][]byte, share float64) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	var order []string
	for name := range files {
		order = append(order, name)
	}
	slices.Sort(order)
	slices.Reverse(order)
	for _, name := range order {
		err := w.WriteHeader(&tar.Header{Name: "folder/" + name, Mode: 0o644, Size: int64(len(files[name])), Typeflag: tar.TypeReg})
		if err == nil {
			_, err = w.Write(files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	z.Close()
	path := filepath.Join(t.TempDir(), "cifar.tar.gz")
	if err := os.WriteFile(path, b.Bytes()[:int(share*float64(b.Len()))], 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func directory(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "folder")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Dir(dir)
}

func TestRead(t *testing.T) {
	for _, test := range []struct {
		name   string
		format Format
		files  map[string][]byte
		test   bool
		labels []int
		first  byte
	}{
		{"CIFAR-10 train", Ten, files10(), false, []int{0, 1, 2, 3, 4}, 0},
		{"CIFAR-10 test", Ten, files10(), true, []int{9, 8}, 100},
		{"CIFAR-100 train", Hundred, files100(), false, []int{99, 0, 42}, 1},
		{"CIFAR-100 test", Hundred, files100(), true, []int{7}, 9},
	} {
		for _, path := range []string{archive(t, test.files, 1), directory(t, test.files)} {
			got, err := Read(path, test.format, test.test)
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
				continue
			}
			if !slices.Equal(got.Labels, test.labels) {
				t.Errorf("%s: labels %v, want %v", test.name, got.Labels, test.labels)
			}
			if len(got.Pixels) != Dim*len(test.labels) {
				t.Fatalf("%s: %d pixels", test.name, len(got.Pixels))
			}
			for i, v := range got.Pixels {
				if want := test.first + byte(i/Dim); v != want {
					t.Fatalf("%s: pixel %d of image %d is %d, want %d", test.name, i%Dim, i/Dim, v, want)
				}
			}
			if len(got.Names) != test.format.Classes || got.Names[3] != "c3" {
				t.Errorf("%s: names %v", test.name, got.Names)
			}
			if f, err := Detect(path); err != nil || f.Title != test.format.Title {
				t.Errorf("%s: detected as %q, %v", test.name, f.Title, err)
			}
		}
	}
}

func TestReadLink(t *testing.T) {
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(directory(t, files10()), link); err != nil {
		t.Skip(err)
	}
	if got, err := Read(link, Ten, true); err != nil || !slices.Equal(got.Labels, []int{9, 8}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestReadBatch(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []Format{Ten, Hundred} {
		path := filepath.Join(dir, "some.bin")
		if err := os.WriteFile(path, batch(f, 0, 1, 2, 3), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := Detect(path)
		if err != nil || got.Title != f.Title {
			t.Errorf("%s: detected as %q, %v", f.Title, got.Title, err)
		}
		images, err := ReadBatch(path, f)
		if err != nil || !slices.Equal(images.Labels, []int{1, 2, 3}) || len(images.Names) != f.Classes {
			t.Errorf("%s: %v", f.Title, err)
		}
	}
}

func TestReadBad(t *testing.T) {
	with := func(name string, content []byte) map[string][]byte {
		files := files10()
		if files[name] = content; content == nil {
			delete(files, name)
		}
		return files
	}
	for _, test := range []struct {
		name, path, want string
	}{
		{"missing", filepath.Join(t.TempDir(), "none.tar.gz"), "none.tar.gz: no such file"},
		{"no archive", directory(t, map[string][]byte{"x": bytes.Repeat([]byte("no"), 1000)}) + "/folder/x", "x: not a tar archive"},
		{"cut archive", archive(t, files10(), 0.5), "cifar.tar.gz: the file is truncated"},
		{"cut batch", archive(t, with("data_batch_3.bin", batch(Ten, 0, 1)[:3000]), 1), "data_batch_3.bin: 3000 bytes are not a whole number of records"},
		{"missing batch", archive(t, with("data_batch_2.bin", nil), 1), "it does not contain data_batch_2.bin"},
		{"missing names", archive(t, with("batches.meta.txt", nil), 1), "it does not contain batches.meta.txt"},
		{"label", archive(t, with("data_batch_5.bin", batch(Ten, 0, 10)), 1), "data_batch_5.bin: label 10 of image 0 is not in 0..9"},
		{"names", archive(t, with("batches.meta.txt", names(9)), 1), "batches.meta.txt: 9 names of classes, want 10"},
	} {
		_, err := Read(test.path, Ten, false)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", test.name, err, test.want)
		}
	}
	if _, err := Detect(directory(t, map[string][]byte{"x": nil})); err == nil || !strings.Contains(err.Error(), "not the binary version of CIFAR") {
		t.Errorf("another directory: %v", err)
	}
	short := directory(t, map[string][]byte{"short.bin": {1, 2, 3}}) + "/folder/short.bin"
	if _, err := Detect(short); err == nil || !strings.Contains(err.Error(), "3 bytes are not a whole number") {
		t.Errorf("short file: %v", err)
	}
}

// TestHostile reads archives that say of themselves that they are far larger than they
// are, and one that is mostly what gzip packs to a thousandth.
func TestHostile(t *testing.T) {
	pack := func(write func(w *tar.Writer)) string {
		path := filepath.Join(t.TempDir(), "cifar.tar.gz")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z := gzip.NewWriter(f)
		defer z.Close()
		write(tar.NewWriter(z)) // which is not closed, since it is not written whole
		return path
	}
	record := int64(1 + Dim)
	header := func(w *tar.Writer, name string, size int64) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size, Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ name, path, want string }{
		{"size", pack(func(w *tar.Writer) { header(w, "data_batch_1.bin", 349_000*record) }), "data_batch_1.bin: it takes far more memory"},
		{"size of names", pack(func(w *tar.Writer) { header(w, "batches.meta.txt", 1<<40) }), "batches.meta.txt: it takes far more memory"},
		{"bomb", pack(func(w *tar.Writer) {
			header(w, "data_batch_1.bin", 10_000*record)
			w.Write(make([]byte, 10_000*record))
			header(w, "data_batch_2.bin", 30_000*record)
		}), "data_batch_2.bin: it takes far more memory"},
		{"bomb beside", pack(func(w *tar.Writer) {
			header(w, "other", 100<<20)
			w.Write(make([]byte, 100<<20))
		}), "it unpacks to far more"},
	} {
		info, err := os.Stat(test.path)
		if err != nil {
			t.Fatal(err)
		}
		memtest.Within(t, info.Size(), func() { _, err = Read(test.path, Ten, false) })
		if err == nil || !strings.HasPrefix(err.Error(), test.path) || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "get the file again") {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
}

// FuzzRead requires that an archive or a file of records is read as it is or refused by
// its name, within the memory that its size allows for.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, content := range map[string][]byte{Ten.Names: names(10), "test_batch.bin": batch(Ten, 100, 9)} {
		w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg})
		w.Write(content)
	}
	f.Add(b.Bytes(), false)
	f.Add(batch(Ten, 3, 1), true)
	f.Add(batch(Hundred, 3, 99), true)
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"), false)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte, records bool) {
		path := filepath.Join(dir, "x.tar")
		if records {
			path = filepath.Join(dir, "x.bin")
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		format, err := Detect(path)
		var images *Images
		switch {
		case err != nil:
		case records:
			images, err = ReadBatch(path, format)
		default:
			images, err = Read(path, format, true)
		}
		if err != nil {
			if text := err.Error(); !strings.HasPrefix(text, path+": ") || strings.Contains(text, "\n") {
				t.Errorf("error %q, want one line with the file", text)
			}
			return
		}
		if len(images.Pixels) != Dim*len(images.Labels) || len(images.Names) != format.Classes {
			t.Errorf("%d pixels, %d labels, %d names", len(images.Pixels), len(images.Labels), len(images.Names))
		}
		if !records {
			return
		}
		var again []byte
		for i, k := range images.Labels {
			head := bytes.Clone(content[i*(format.labels+Dim):][:format.labels])
			head[format.label] = byte(k)
			again = append(append(again, head...), images.Pixels[i*Dim:(i+1)*Dim]...)
		}
		if !bytes.Equal(again, content) {
			t.Errorf("records of %d bytes are not those of the file", len(content))
		}
	})
}
