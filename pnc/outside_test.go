//go:build !js

package pnc

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"pnclab/internal/budget/memtest"
)

// expectRefusal checks that reading files from outside returns an error of one line that
// names the first of them and contains the text, within the memory that their sizes
// allow for. No text means that they are read.
func expectRefusal(t *testing.T, name, want string, read func() error, paths ...string) {
	t.Helper()
	var size int64
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	t.Log(name)
	var err error
	memtest.Within(t, size, func() { err = read() })
	if want == "" {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return
	}
	expectError(t, name, err, want)
	if err != nil && !strings.HasPrefix(err.Error(), paths[0]) {
		t.Errorf("%s: error %q does not begin with the file", name, err)
	}
}

// TestHostileIDX reads a megabyte that unpacks to a gigabyte, headers that announce more
// than there is, and images of one pixel, of which labels take more than the images.
func TestHostileIDX(t *testing.T) {
	dir := t.TempDir()
	few := writeFile(t, idxFile(make([]byte, 2), 2), dir, "few.gz")
	for _, test := range []struct {
		name, want     string
		images, labels []byte
	}{
		{"bomb", "more than the file holds", idxFile(make([]byte, 100<<20), 100<<10, 32, 32), nil},
		{"size", "more than the file holds", idxFile(nil, 1<<20, 32, 32), nil},
		{"overflow", "more than the file holds", idxFile(nil, 1<<31, 1<<31, 4), nil},
		{"pixels", "labels.gz: truncated: the IDX header announces", idxFile(make([]byte, 30<<20), 30<<20, 1, 1), idxFile(make([]byte, 30<<20), 30<<20)},
	} {
		images, labels := writeFile(t, test.images, dir, "images.gz"), few
		paths := []string{images, labels}
		if test.labels != nil {
			labels = writeFile(t, test.labels, dir, "labels.gz")
			paths = []string{labels, images}
		}
		expectRefusal(t, test.name, test.want, func() error {
			_, err := ReadIDX(images, labels)
			return err
		}, paths...)
	}
}

// TestHostileCSV reads texts that take far more memory than their file.
func TestHostileCSV(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		name, file, start, repeated string
		n                           int
		want                        string
	}{
		{"short texts", "x.csv.gz", "", "1,ab\n2,cd\n", 5 << 20, "memory"},
		{"short texts, not packed", "x.csv", "", "1,ab\n2,cd\n", 2 << 20, "memory"},
		{"one quote", "x.csv.gz", "1,\"", "ab ", 20 << 20, "record 1: too long a record"},
		{"one line", "x.tsv.gz", "1\t\"b\"c", "ab ", 20 << 20, "record 1: too long a record"},
		{"columns", "x.csv.gz", "1,2\n1,2\n1,2\n", ",", 2 << 20, "record 4: too long a record"},
		{"columns that fit", "x.csv.gz", "1,2\n2,3\n1", ",", 50 << 10, ""},
		{"class to control the terminal", "x.csv", "1,2\n", "\x1b]0;a\a,b\n", 2, "record 2: label"},
		{"class of many bytes", "x.csv", "2,1\n" + strings.Repeat("ab ", 1000), ",2\n", 1, "record 2: a label of 2999 bytes"},
		{"empty lines", "x.csv.gz", "", "\n", 100 << 20, "record 1: too long a record"},
		{"bomb", "x.csv.gz", "", "1,2\n", 17 << 20, "unpacks to far more"},
	} {
		path := writeFile(t, []byte(test.start+strings.Repeat(test.repeated, test.n)), dir, test.file)
		expectRefusal(t, test.name, test.want, func() error {
			_, err := ReadCSVText(path, Text{})
			return err
		}, path)
	}
	var distinct bytes.Buffer
	for i := range 500_000 {
		fmt.Fprintf(&distinct, "%d,a\n", i)
	}
	path := writeFile(t, distinct.Bytes(), dir, "x.csv")
	distinct = bytes.Buffer{}
	expectRefusal(t, "classes", "memory", func() error {
		_, err := ReadCSVText(path, Text{})
		return err
	}, path)
}

// TestHostileJSON reads JSON that takes far more memory than its text, or a time that
// grows with the square of its length.
func TestHostileJSON(t *testing.T) {
	list := func(start, element string, n int, end string) []byte {
		return []byte(start + strings.Repeat(element+",", n) + element + end)
	}
	nested := []byte(`{"Data":` + strings.Repeat(`{"pnc.Unbalanced":{"Of":`, 4000) + "null" + strings.Repeat("}}", 4000) + "}")
	for _, test := range []struct {
		name string
		text []byte
		into any
	}{
		{"layers", list(`{"layers":[`, "{}", 1_000_000, "]}"), new(Evaluation)},
		{"reasons", list(`{"layers":[{"undefined":{"a":"b"},"classes":[`, "{}", 2_000_000, "]}]}"), new(Evaluation)},
		{"rows", list(`{"rows":[`, "0", 5_000_000, "]}"), new(Verdicts)},
		{"sources", nested, new(Experiment)},
		{"lists", []byte(strings.Repeat("[", 9000) + strings.Repeat("]", 9000)), new(Evaluation)},
		{"sizes", list(`{"Data":{"pnc.Unbalanced":{"Sizes":[`, "0", 5_000_000, "]}}}"), new(Experiment)},
	} {
		t.Log(test.name)
		var err error
		memtest.Within(t, int64(len(test.text)), func() { err = json.Unmarshal(test.text, test.into) })
		expectError(t, test.name, err, "far more")
	}
}

// TestHostileFeatures opens a file of fifty thousand arrays, as parts of one layer, as
// layers, and as numbers that are neither: messages and notes stay short, and none of the
// arrays is compared with each of the others.
func TestHostileFeatures(t *testing.T) {
	const n = 50_000
	for _, test := range []struct{ name, format, want string }{
		{"parts", `"a_%06d":{"dtype":"U8","shape":[1,1],"data_offsets":[%d,%d]},`, "only one class"},
		{"layers", `"a%06d":{"dtype":"U8","shape":[1,1],"data_offsets":[%d,%d]},`, "features of 1 samples"},
		{"numbers", `"a%06d":{"dtype":"U8","shape":[1],"data_offsets":[%d,%d]},`, "and 49981 more"},
	} {
		var header strings.Builder
		header.WriteString("{")
		for i := range n {
			fmt.Fprintf(&header, test.format, i, i, i+1)
		}
		rows := 2
		if test.name == "parts" {
			rows = n
		}
		fmt.Fprintf(&header, `"labels":{"dtype":"U8","shape":[%d],"data_offsets":[%d,%d]}}`, rows, n, n+rows)
		b := append(binary.LittleEndian.AppendUint64(nil, uint64(header.Len())), header.String()...)
		b = append(b, make([]byte, n)...)
		for i := range rows {
			b = append(b, byte(i%2*map[bool]int{true: 0, false: 1}[test.name == "parts"]))
		}
		path := writeFile(t, b, t.TempDir(), "x.safetensors")
		t.Log(test.name)
		var err error
		memtest.Within(t, int64(len(b)), func() { _, err = OpenFeatures([]string{path}, nil) })
		expectError(t, test.name, err, test.want)
		if err != nil && len(err.Error()) > 1000 {
			t.Errorf("%s: an error of %d bytes", test.name, len(err.Error()))
		}
	}
}
