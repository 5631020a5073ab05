package pnc

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
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

func TestDownloadFindsWhatIsThere(t *testing.T) {
	dir := tempData(t)
	tinyMNIST(t, 1, dir, "mnist", "train")
	tinyMNIST(t, 1, dir, "mnist", "t10k")
	if err := Download(t.Context(), "mnist", nil); err != nil {
		t.Error(err)
	}
}
