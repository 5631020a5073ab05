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

func init() {
	// No test downloads anything, whatever it calls.
	os.Setenv("PNC_OFFLINE", "1")
}

// tempData makes an empty directory the place of all data and returns it.
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
		if a.Name == name && a.Found[split] == nil {
			t.Skipf("%s %s is not in PNC_DATA", name, split)
		}
	}
}

// writeFile writes a file, compressed if its name ends in .gz, in folders that
// need not be there.
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

// tinyMNIST writes n images a class of 2×2 pixels that hold the class, under
// names that start with prefix.
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
	for _, want := range []struct {
		name           string
		found, missing []string
		bytes          int64
	}{
		{"mnist", []string{"test"}, []string{"train"}, 9912422 + 28881},
		{"fashion-mnist", []string{"sample"}, []string{"train", "test"}, 26421880 + 29515 + 4422102 + 5148},
		{"cifar-10", nil, []string{"train", "test"}, 170052171}, // one archive for both
		{"cifar-100", nil, []string{"train", "test"}, 168513733},
		{"ag-news", nil, []string{"train", "test"}, 29470338 + 1857427},
	} {
		i := slices.IndexFunc(all, func(a Availability) bool { return a.Name == want.name })
		if i < 0 {
			t.Errorf("%s is not listed", want.name)
			continue
		}
		var found []string
		for split := range all[i].Found {
			found = append(found, split)
		}
		if !slices.Equal(found, want.found) || !slices.Equal(all[i].Missing, want.missing) || all[i].Download != want.bytes {
			t.Errorf("%s: found %v, missing %v, %d bytes", want.name, found, all[i].Missing, all[i].Download)
		}
	}
	t.Setenv("PNC_DATA", filepath.Join(dir, "nowhere"))
	_, err = Available()
	expectError(t, "wrong PNC_DATA", err, "nowhere: no such directory")
}

func TestDownloadOffline(t *testing.T) {
	tempData(t)
	expectError(t, "offline", Download(t.Context(), "mnist", nil), "downloads are off (PNC_OFFLINE)")
	expectError(t, "unknown", Download(t.Context(), "imagenet", nil), `no data set "imagenet"; there are mnist, fashion-mnist, cifar-10, cifar-100, ag-news`)
}

func TestDownloadFindsWhatIsThere(t *testing.T) {
	dir := tempData(t)
	tinyMNIST(t, 1, dir, "mnist", "train")
	tinyMNIST(t, 1, dir, "mnist", "t10k")
	if err := Download(t.Context(), "mnist", nil); err != nil {
		t.Error(err)
	}
}
