package pnc

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tempData makes an empty directory the location of all data and returns it.
func tempData(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("PNC_DATA", dir)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	t.Setenv("HOME", dir)
	return dir
}

// needRealData skips a test unless PNC_DATA is set and has the data.
func needRealData(t *testing.T, name, split string) {
	t.Helper()
	if os.Getenv("PNC_DATA") == "" {
		t.Skip("PNC_DATA is not set")
	}
	all, err := Available()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		for _, s := range a.Splits {
			if a.Name == name && s.Name == split && s.Paths == nil {
				t.Skipf("%s %s is not in PNC_DATA", name, split)
			}
		}
	}
}

// writeFile writes a file, compressed if its name ends in .gz, in folders that need
// not exist.
func writeFile(t *testing.T, content []byte, path ...string) string {
	t.Helper()
	name := filepath.Join(path...)
	if strings.HasSuffix(name, ".gz") {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(content)
		z.Close()
		content = b.Bytes()
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// idxFile returns an IDX file of bytes.
func idxFile(data []byte, dims ...uint32) []byte {
	b := []byte{0, 0, 8, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return append(b, data...)
}

// tinyMNIST writes n images per class of 2×2 pixels that hold the class, to files
// whose names start with prefix.
func tinyMNIST(t *testing.T, n int, prefix ...string) {
	t.Helper()
	var images, labels []byte
	for range n {
		for k := range byte(10) {
			images = append(images, k, k, k, 255)
			labels = append(labels, k)
		}
	}
	base := filepath.Join(prefix...)
	writeFile(t, idxFile(images, uint32(10*n), 2, 2), base+"-images-idx3-ubyte.gz")
	writeFile(t, idxFile(labels, uint32(10*n)), base+"-labels-idx1-ubyte")
}

// expectError checks that an error is one line with the given text.
func expectError(t *testing.T, name string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%s: error %v, want one line with %q", name, err, want)
	}
}

func TestAvailable(t *testing.T) {
	dir := tempData(t)
	tinyMNIST(t, 1, dir, "mnist", "t10k")
	tinyMNIST(t, 1, dir, "fashion-mnist", "sample7")
	all, err := Available()
	if err != nil {
		t.Fatal(err)
	}
	type split struct {
		name     string
		found    bool
		download int64
	}
	want := map[string][]split{
		"mnist":         {{"train", false, 9912422 + 28881}, {"test", true, 0}},
		"fashion-mnist": {{"train", false, 26421880 + 29515}, {"test", false, 4422102 + 5148}, {"sample", true, 0}},
		"cifar-10":      {{"train", false, 170052171}, {"test", false, 170052171}}, // one archive
		"cifar-100":     {{"train", false, 168513733}, {"test", false, 168513733}},
		"ag-news":       {{"train", false, 29470338}, {"test", false, 1857427}},
	}
	if len(all) != len(want) {
		t.Errorf("%d data sets, want %d", len(all), len(want))
	}
	for _, a := range all {
		var got []split
		for _, s := range a.Splits {
			got = append(got, split{s.Name, s.Paths != nil, s.Download})
		}
		if !slices.Equal(got, want[a.Name]) {
			t.Errorf("%s: %v, want %v", a.Name, got, want[a.Name])
		}
	}
	t.Setenv("PNC_DATA", filepath.Join(dir, "nowhere"))
	_, err = Available()
	expectError(t, "wrong PNC_DATA", err, "nowhere: no such directory")
}

func TestDownloadOffline(t *testing.T) {
	tempData(t)
	expectError(t, "offline", Download(t.Context(), "mnist", nil), "downloads are off (PNC_OFFLINE)")
	expectError(t, "unknown", Download(t.Context(), "imagenet", nil), `no data set "imagenet"; available are mnist, fashion-mnist, cifar-10, cifar-100, ag-news`)
}

// warnings collects the warnings until the end of the test.
func warnings(t *testing.T) *[]string {
	t.Helper()
	var all []string
	t.Cleanup(Observe(func(n Notice) {
		if w, ok := n.(Warning); ok {
			all = append(all, w.String())
		}
	}))
	return &all
}

// TestDamagedDownload has the four files of MNIST in the cache, of four bytes each.
func TestDamagedDownload(t *testing.T) {
	dir := tempData(t)
	t.Setenv("PNC_OFFLINE", "1")
	said := warnings(t)
	for _, p := range mnist().parts {
		for _, f := range p.files {
			if err := os.MkdirAll(filepath.Join(dir, "cache", "pnclab", "data", "mnist"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "cache", "pnclab", "data", "mnist", f.Name), []byte("damn"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	path := filepath.Join(dir, "cache", "pnclab", "data", "mnist", "train-images-idx3-ubyte.gz")
	expectError(t, "download", Download(t.Context(), "mnist", nil), "mnist: "+path+" is damaged (4 bytes instead of 9912422) and downloads are off (PNC_OFFLINE)")
	for _, a := range Must(Available()) {
		for _, s := range a.Splits {
			if a.Name == "mnist" && s.Name == "train" && (s.Paths != nil || s.Differs != path+" has 4 bytes instead of 9912422" || s.Download != 9912422+28881) {
				t.Errorf("available: %+v", s)
			}
		}
	}
	if data := Must(Images{PerClass: 1}.Generate(1)); data.StandIn != "MNIST" {
		t.Errorf("got %v", data)
	}
	if want := path + " is damaged (4 bytes instead of 9912422) and not used; to get it again: go run . data get mnist"; !slices.Contains(*said, want) {
		t.Errorf("warned of %q, want %q", *said, want)
	}
}

// TestOtherFiles reads files in PNC_DATA that are not those that were published.
func TestOtherFiles(t *testing.T) {
	dir := tempData(t)
	said := warnings(t)
	tinyMNIST(t, 1, dir, "mnist", "train")
	path := filepath.Join(dir, "mnist", "train-images-idx3-ubyte.gz")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	differs := fmt.Sprintf("train-images-idx3-ubyte.gz has %d bytes instead of 9912422", info.Size()) // the labels are unpacked
	for range 2 {
		for _, s := range []Source{ImageFiles{}, ImageFiles{PerClass: 1, Standardize: true}, Images{}, OnlyClasses{Of: ImageFiles{}, Classes: []int{1, 2}}} {
			data := Must(s.Generate(1))
			if want := data.String() + "\nThe files are not those that were published: " + differs + "."; data.Differs != differs || data.Describe() != want {
				t.Errorf("%T is described as %q, want %q", s, data.Describe(), want)
			}
		}
	}
	if want := "MNIST training set: the files are not those that were published: " + differs; len(*said) != 1 || (*said)[0] != want {
		t.Errorf("warned of %q, want %q", *said, want)
	}
	if a := Must(Available()); a[0].Splits[0].Differs != differs || a[0].Splits[1].Differs != "" {
		t.Errorf("available: %+v", a[0])
	}
}

func TestDownloadFindsWhatIsThere(t *testing.T) {
	dir := tempData(t)
	tinyMNIST(t, 1, dir, "mnist", "train")
	tinyMNIST(t, 1, dir, "mnist", "t10k")
	if err := Download(t.Context(), "mnist", nil); err != nil {
		t.Error(err)
	}
}
