//go:build !js

package npz

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npy"

	"pnclab/internal/budget/memtest"
	"pnclab/pnc/internal/arrays"
)

// read is an array that was read whole.
type read struct {
	Name  string
	Shape []int
	Data  []float64
}

// Read reads all arrays of a file.
func Read(path string) ([]read, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	all, err := Open(f, path, info.Size())
	if err != nil {
		return nil, err
	}
	var out []read
	for _, a := range all {
		data, err := a.Floats()
		if err != nil {
			return nil, err
		}
		out = append(out, read{a.Name, a.Shape, data})
	}
	return out, nil
}

// npyFile returns a .npy file with the given header fields and elements.
func npyFile(dtype string, fortran bool, shape string, order binary.ByteOrder, elements any) []byte {
	word := map[bool]string{true: "True", false: "False"}[fortran]
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", dtype, word, shape)
	var b bytes.Buffer
	b.WriteString("\x93NUMPY\x01\x00")
	binary.Write(&b, binary.LittleEndian, uint16(len(header)))
	b.WriteString(header)
	binary.Write(&b, order, elements)
	return b.Bytes()
}

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTypes(t *testing.T) {
	little, big := binary.LittleEndian, binary.BigEndian
	for _, test := range []struct {
		dtype    string
		order    binary.ByteOrder
		elements any
		want     []float64
	}{
		{"<f8", little, []float64{1.5, -2e300}, []float64{1.5, -2e300}},
		{">f8", big, []float64{1.5, -2e300}, []float64{1.5, -2e300}},
		{"<f4", little, []float32{1.5, -0.1}, []float64{1.5, float64(float32(-0.1))}},
		{">f4", big, []float32{1.5, -0.1}, []float64{1.5, float64(float32(-0.1))}},
		{"<f2", little, []uint16{0x3c00, 0xc001, 0x0001, 0x7c00, 0x7bff}, []float64{1, -2 - 1./512, 0x1p-24, math.Inf(1), 65504}},
		{"<i8", little, []int64{-7, 1 << 40}, []float64{-7, 1 << 40}},
		{">i8", big, []int64{-7, 1 << 40}, []float64{-7, 1 << 40}},
		{"<i4", little, []int32{-7, 9}, []float64{-7, 9}},
		{"<i2", little, []int16{-7, 9}, []float64{-7, 9}},
		{"|i1", little, []int8{-7, 9}, []float64{-7, 9}},
		{"<u8", little, []uint64{7, 9}, []float64{7, 9}},
		{"<u4", little, []uint32{7, 1 << 31}, []float64{7, 1 << 31}},
		{"<u2", little, []uint16{7, 40000}, []float64{7, 40000}},
		{"|u1", little, []uint8{7, 200}, []float64{7, 200}},
		{"|b1", little, []bool{true, false}, []float64{1, 0}},
	} {
		path := write(t, "x.npy", npyFile(test.dtype, false, fmt.Sprintf("(%d,)", len(test.want)), test.order, test.elements))
		got, err := Read(path)
		if err != nil {
			t.Errorf("%s: %v", test.dtype, err)
			continue
		}
		if got[0].Name != "x" || !slices.Equal(got[0].Data, test.want) || !slices.Equal(got[0].Shape, []int{len(test.want)}) {
			t.Errorf("%s: got %v, want %v", test.dtype, got[0], test.want)
		}
	}
	path := write(t, "x.npy", npyFile("<f2", false, "(1,)", little, []uint16{0xfe00}))
	if got, err := Read(path); err != nil || !math.IsNaN(got[0].Data[0]) {
		t.Errorf("half NaN is %v, %v", got, err)
	}
}

// What npyio writes is read as it was.
func TestAgainstNpyio(t *testing.T) {
	want := []float64{1, 2, 3, 4, 5, 6, math.Pi}
	var b bytes.Buffer
	if err := npy.Write(&b, want); err != nil {
		t.Fatal(err)
	}
	got, err := Read(write(t, "x.npy", b.Bytes()))
	if err != nil || !slices.Equal(got[0].Data, want) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestFortranOrder(t *testing.T) {
	// The element at (i, j, k) is 100i + 10j + k.
	var c, f []float64
	for i := range 2 {
		for j := range 3 {
			for k := range 4 {
				c = append(c, float64(100*i+10*j+k))
			}
		}
	}
	for k := range 4 {
		for j := range 3 {
			for i := range 2 {
				f = append(f, float64(100*i+10*j+k))
			}
		}
	}
	path := write(t, "x.npy", npyFile("<f8", true, "(2, 3, 4)", binary.LittleEndian, f))
	got, err := Read(path)
	if err != nil || !slices.Equal(got[0].Data, c) {
		t.Errorf("%v, %v", got, err)
	}
}

// TestFortranPieces reads arrays in Fortran order in pieces of any size, from a file
// and from archives, where they can be read at any place or only from the first
// element on.
func TestFortranPieces(t *testing.T) {
	c, f := make([]float32, 7*3*4), make([]float32, 7*3*4)
	for i := range 7 {
		for j := range 3 {
			for k := range 4 {
				c[(i*3+j)*4+k] = float32(100*i + 10*j + k)
				f[(k*3+j)*7+i] = c[(i*3+j)*4+k]
			}
		}
	}
	npy := npyFile("<f4", true, "(7, 3, 4)", binary.LittleEndian, f)
	for name, content := range map[string][]byte{"file": npy, "stored": pack(zip.Store, "x.npy", npy), "deflated": pack(zip.Deflate, "x.npy", npy)} {
		path := write(t, "x", content)
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		all, err := Open(file, path, int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		for step := 1; step <= 7; step++ {
			rows, err := all[0].Rows()
			if err != nil {
				t.Fatal(err)
			}
			var got []float32
			for at := 0; at < 7; at += step {
				n := min(step, 7-at)
				b, err := rows.Next(n)
				if err != nil {
					t.Fatal(err)
				}
				part := make([]float32, n*12)
				arrays.Decode(all[0].Type, part, b)
				got = append(got, part...)
			}
			if err := rows.End(); err != nil || !slices.Equal(got, c) {
				t.Errorf("%s, %d rows at a time: %v, %v", name, step, got, err)
			}
			rows.Close()
		}
	}
}

// TestFortranCompressed reads an array in Fortran order from a compressed archive that is
// more than is held in memory: it takes neither memory for it nor leaves a file behind.
func TestFortranCompressed(t *testing.T) {
	const n, d = 1<<14 + 3, 1 << 9 // 32 MB, twice the limit
	if 4*n*d < arrays.WholeLimit {
		t.Fatal("the array is below the limit")
	}
	value := func(i, j int) float32 { return float32(i%251) + float32(j)*1000 }
	columns := make([]float32, n*d)
	for j := range d {
		for i := range n {
			columns[j*n+i] = value(i, j)
		}
	}
	content := pack(zip.Deflate, "x.npy", npyFile("<f4", true, fmt.Sprintf("(%d, %d)", n, d), binary.LittleEndian, columns))
	columns = nil
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	t.Setenv("TMP", temporary)
	path := write(t, "x", content)
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := Open(file, path, int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	rows, err := all[0].Rows()
	if err != nil {
		t.Fatal(err)
	}
	part := make([]float32, 1000*d)
	for at := 0; at < n; at += 1000 {
		m := min(1000, n-at)
		b, err := rows.Next(m)
		if err != nil {
			t.Fatal(err)
		}
		arrays.Decode(all[0].Type, part[:m*d], b)
		for i := range m {
			for _, j := range []int{0, 1, d - 1} {
				if got := part[i*d+j]; got != value(at+i, j) {
					t.Fatalf("element (%d, %d) is %v, want %v", at+i, j, got, value(at+i, j))
				}
			}
		}
	}
	if err := rows.End(); err != nil {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	// Two buffers of 1000 rows, of 2 MB each, and those of the decompression.
	if held := after.TotalAlloc - before.TotalAlloc; held > 8<<20 {
		t.Errorf("%d bytes were allocated for an array of %d", held, 4*n*d)
	}
	rows.Close()
	if left, _ := os.ReadDir(temporary); len(left) > 0 {
		t.Errorf("%d files are left", len(left))
	}
	// A damaged archive is noticed.
	content[len(content)/2] ^= 1
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	if rows, err := all[0].Rows(); err == nil {
		rows.Close()
		t.Error("a damaged archive is read")
	}
	if left, _ := os.ReadDir(temporary); len(left) > 0 {
		t.Errorf("%d files are left of a damaged archive", len(left))
	}
}

// TestHeaders reads headers that NumPy accepts or once wrote: other order of keys,
// double quotes, long integers of Python 2, versions 2 and 3, no trailing comma.
func TestHeaders(t *testing.T) {
	for version := byte(1); version <= 3; version++ {
		for _, header := range []string{
			"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
			"{'shape': (2, 3), 'fortran_order': False, 'descr': '<f4'}",
			`{"descr": "<f4", "fortran_order": False, "shape": (2, 3)}`,
			"{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }   ",
			"{'fortran_order':False,'descr':'<f4','shape':(2,3)}",
		} {
			var b bytes.Buffer
			b.WriteString("\x93NUMPY")
			b.Write([]byte{version, 0})
			if version == 1 {
				binary.Write(&b, binary.LittleEndian, uint16(len(header)+1))
			} else {
				binary.Write(&b, binary.LittleEndian, uint32(len(header)+1))
			}
			b.WriteString(header + "\n")
			binary.Write(&b, binary.LittleEndian, []float32{1, 2, 3, 4, 5, 6})
			got, err := Read(write(t, "x.npy", b.Bytes()))
			if err != nil || !slices.Equal(got[0].Shape, []int{2, 3}) || !slices.Equal(got[0].Data, []float64{1, 2, 3, 4, 5, 6}) {
				t.Errorf("version %d, %s: %v, %v", version, header, got, err)
			}
		}
	}
}

// pack returns an archive of the given pairs of names and contents.
func pack(method uint16, pairs ...any) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		w, _ := z.CreateHeader(&zip.FileHeader{Name: pairs[i].(string), Method: method})
		w.Write(pairs[i+1].([]byte))
	}
	z.Close()
	return b.Bytes()
}

func TestNpz(t *testing.T) {
	one := npyFile("<f4", false, "(2, 2)", binary.LittleEndian, []float32{1, 2, 3, 4})
	two := npyFile("<i8", false, "(2,)", binary.LittleEndian, []int64{0, 1})
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		path := write(t, "x.npz", pack(method, "z.npy", one, "readme.txt", []byte("hello"), "a.npy", two))
		got, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 2 || got[0].Name != "z" || got[1].Name != "a" || got[0].Data[3] != 4 || got[1].Data[1] != 1 {
			t.Errorf("got %v", got)
		}
	}
}

func TestReadBad(t *testing.T) {
	le := binary.LittleEndian
	good := npyFile("<f4", false, "(2, 2)", le, []float32{1, 2, 3, 4})
	archive := pack(zip.Store, "z.npy", good)
	flipped := slices.Clone(archive)
	flipped[bytes.Index(flipped, good)+len(good)-1] ^= 1
	for _, test := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"empty", nil, "truncated"},
		{"text", []byte("class,feature\n1,2\n"), "not in the NumPy format"},
		{"cut", good[:len(good)-1], "truncated: it is shorter than its header says"},
		{"cut header", good[:20], "header is damaged"},
		{"huge header", []byte("\x93NUMPY\x02\x00\xff\xff\xff\xff{}"), "truncated"},
		{"no newline", append([]byte("\x93NUMPY\x01\x00\x05\x00"), "12345"...), "header is damaged"},
		{"no shape", []byte("\x93NUMPY\x01\x00\x03\x00{}\n"), "damaged header"},
		{"huge", npyFile("<f8", false, "(1000000000, 1000000000, 1000000000)", le, []float64{1}), "truncated"},
		{"negative", npyFile("<f8", false, "(-2, 2)", le, []float64{1}), "the shape [-2 2] is negative"},
		{"strings", npyFile("<U3", false, "(1,)", le, make([]uint8, 12)), "has elements of type <U3; export it as float32"},
		{"complex", npyFile("<c8", false, "(1,)", le, []float32{1, 2}), "has elements of type <c8"},
		{"objects", npyFile("|O", false, "(1,)", le, []uint8("abc")), "holds Python objects"},
		{"cut archive", archive[:len(archive)-30], "truncated or damaged archive"},
		{"checksum", flipped, "z: damaged: its checksum is wrong"},
		{"bad entry", pack(zip.Deflate, "z.npy", good[:len(good)-4]), "z: truncated"},
		{"twice", pack(zip.Store, "z.npy", good, "z.npy", good), "z: twice in this archive"},
		{"checkpoint", pack(zip.Store, "model/data.pkl", []byte("x")), "a checkpoint of PyTorch"},
		{"version", []byte("\x93NUMPY\x04\x00\x03\x00\x00\x00{}\n"), "version 4 of the NumPy format"},
		{"record", []byte("\x93NUMPY\x01\x00\x4f\x00{'descr': [('a', '<f4'), ('b', '<i4')], 'fortran_order': False, 'shape': (0,), }"), "has elements of type a record"},
		{"no arrays", pack(zip.Store, "data.pkl", []byte("x")), "no arrays in this archive"},
	} {
		_, err := Read(write(t, "x", test.content))
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", test.name, err, test.want)
		}
	}
}

// rawEntry returns an archive whose only entry says of itself what the header says.
func rawEntry(h *zip.FileHeader, content []byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, _ := z.CreateRaw(h)
	w.Write(content)
	z.Close()
	return b.Bytes()
}

// overlapping returns an archive of n arrays whose entries have one and the same content.
func overlapping(n int) []byte {
	content := npyFile("|u1", false, "(1000, 1000)", binary.LittleEndian, make([]uint8, 1000*1000))
	one := pack(zip.Store, "00000.npy", content)
	directory, end := bytes.Index(one, []byte("PK\x01\x02")), bytes.Index(one, []byte("PK\x05\x06"))
	record := bytes.Clone(one[directory:end])
	b := bytes.Clone(one[:directory])
	for i := range n {
		b = append(b, bytes.Replace(record, []byte("00000"), fmt.Appendf(nil, "%05d", i), 1)...)
	}
	tail := bytes.Clone(one[end:])
	binary.LittleEndian.PutUint16(tail[8:], uint16(n))
	binary.LittleEndian.PutUint16(tail[10:], uint16(n))
	binary.LittleEndian.PutUint32(tail[12:], uint32(n*len(record)))
	return append(b, tail...)
}

// TestHostile reads files that say of themselves that they are larger than they are, or
// that unpack to far more than they are.
func TestHostile(t *testing.T) {
	small := npyFile("<f4", false, "(2, 2)", binary.LittleEndian, []float32{1, 2, 3, 4})
	shape := func(s string) []byte { return npyFile("<f8", false, s, binary.LittleEndian, []float64{1}) }
	entries := func(n int) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for i := range n {
			z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("%x.npy", i)})
		}
		z.Close()
		return b.Bytes()
	}
	for _, test := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"bomb", pack(zip.Deflate, "z.npy", npyFile("<f4", false, "(50000, 1000)", binary.LittleEndian, make([]float32, 50_000_000))), "it unpacks to far more"},
		{"size", rawEntry(&zip.FileHeader{Name: "z.npy", Method: zip.Store, CompressedSize64: 100, UncompressedSize64: 1 << 40}, small), "it unpacks to far more"},
		{"negative size", rawEntry(&zip.FileHeader{Name: "z.npy", Method: zip.Store, CompressedSize64: 100, UncompressedSize64: 1 << 63}, small), "it unpacks to far more"},
		{"larger than the file", rawEntry(&zip.FileHeader{Name: "z.npy", Method: zip.Deflate, CompressedSize64: 1 << 40, UncompressedSize64: 1 << 20}, small), "its entries are larger than it is"},
		{"overlapping", overlapping(20_000), "its entries are larger than it is"},
		{"entries", entries(400_000), "it has too many entries"},
		{"shape", shape("(1000000000, 1000000000)"), "truncated"},
		{"empty shape", shape("(4294967296, 0)"), "truncated"},
		{"overflow", shape("(0, 4294967296, 4294967296)"), "truncated"},
		{"dimensions", shape("(" + strings.Repeat("1,", 1000) + ")"), "1000 dimensions"},
		{"header", append([]byte("\x93NUMPY\x02\x00\x00\x00\x10\x00"), make([]byte, 1<<20)...), "damaged header"},
		{"name", pack(zip.Store, "a\nb.npy", small), "control characters"},
		{"long name", pack(zip.Store, strings.Repeat("a", 60_000)+".npy", small), "a name of 60000 bytes"},
	} {
		path := write(t, "x", test.content)
		t.Log(test.name)
		var err error
		memtest.Within(t, int64(len(test.content)), func() { _, err = Read(path) })
		if err == nil || !strings.HasPrefix(err.Error(), path) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 500 {
			t.Errorf("%s: error %v, want one line with %q", test.name, err, test.want)
		}
	}
}

// FuzzRead requires that a file is refused by its name or read as its shapes say, and
// that one array is the same again when it is written and read.
func FuzzRead(f *testing.F) {
	good := npyFile("<f4", true, "(2, 2)", binary.LittleEndian, []float32{1, 2, 3, 4})
	f.Add(good)
	f.Add(pack(zip.Deflate, "z.npy", good))
	f.Add(pack(zip.Store, "z.npy", good, "labels.npy", npyFile("|i1", false, "(2,)", binary.LittleEndian, []int8{0, 1})))
	f.Add(npyFile("<U2", false, "(2,)", binary.LittleEndian, []uint32{'a', 0, 'b', 'c'}))
	f.Add(npyFile("|S0", false, "(2,)", binary.LittleEndian, []uint8{}))
	f.Add(npyFile("<f8", false, "(4294967296, 0)", binary.LittleEndian, []uint8{}))
	f.Add(overlapping(3))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte) {
		path, copied := filepath.Join(dir, "x"), filepath.Join(dir, "y.npy")
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		all, err := Read(path)
		if err != nil {
			if text := err.Error(); !strings.HasPrefix(text, path+": ") || strings.Contains(text, "\n") {
				t.Errorf("error %q, want one line with the file", text)
			}
			return
		}
		for _, a := range all {
			n := 1
			for _, d := range a.Shape {
				n *= d
			}
			if n != len(a.Data) {
				t.Fatalf("%d elements for shape %v", len(a.Data), a.Shape)
			}
		}
		a := all[0]
		dims := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(a.Shape)), ", "), "[]")
		if err := os.WriteFile(copied, npyFile("<f8", false, "("+dims+",)", binary.LittleEndian, a.Data), 0o644); err != nil {
			t.Fatal(err)
		}
		again, err := Read(copied)
		same := func(a, b float64) bool { return a == b || a != a && b != b }
		if err != nil || !slices.Equal(again[0].Shape, a.Shape) || !slices.EqualFunc(again[0].Data, a.Data, same) {
			t.Errorf("%v is %v, %v when it is written and read", a, again, err)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	const n = 1 << 20
	path := filepath.Join(b.TempDir(), "x.npy")
	if err := os.WriteFile(path, npyFile("<f4", false, "(1024, 1024)", binary.LittleEndian, make([]float32, n)), 0o644); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(4 * n)
	for b.Loop() {
		if _, err := Read(path); err != nil {
			b.Fatal(err)
		}
	}
}

// TestWrite checks that what is written is read again.
func TestWrite(t *testing.T) {
	list := []arrays.Values{
		{Name: "0.weight", Shape: []int{2, 3}, Data: []float64{1, 2, 3, 4, 5, 1. / 3}},
		{Name: "b", Shape: []int{1}, Data: []float64{-7}, Single: true},
		{Name: "scalar", Shape: []int{}, Data: []float64{1e300}},
	}
	path := filepath.Join(t.TempDir(), "x.npz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := Write(f, []Text{{"text", "a → b"}}, list); err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	all, err := Open(f, path, info.Size())
	if err != nil || len(all) != 4 {
		t.Fatalf("%v, %v", all, err)
	}
	if text, err := all[0].Raw(); err != nil || string(text) != "a → b" {
		t.Errorf("%q, %v", text, err)
	}
	for i, want := range list {
		a := all[i+1]
		if v, err := a.Floats(); err != nil || a.Name != want.Name || !slices.Equal(a.Shape, want.Shape) || !slices.Equal(v, want.Data) {
			t.Errorf("%s %v: %v, %v, want %+v", a.Name, a.Shape, v, err, want)
		}
	}
}
