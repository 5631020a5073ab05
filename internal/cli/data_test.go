package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runData runs the command with arguments and returns what it printed.
func runData(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := newData()
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestData(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PNC_DATA", dir)
	t.Setenv("PNC_OFFLINE", "1")
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	t.Setenv("HOME", dir)
	for _, name := range []string{"t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte"} {
		path := filepath.Join(dir, "mnist", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, 700000), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := runData(t)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out, "\n")
	for i, want := range []string{
		"NAME SPLIT SIZE WHERE",
		"mnist train 9.9 MB not found; to get it: go run . data get mnist",
		"test 1.4 MB " + filepath.Join(dir, "mnist", "t10k-images-idx3-ubyte.gz") + ", t10k-labels-idx1-ubyte; not as published: t10k-images-idx3-ubyte.gz has 700000 bytes instead of 1648877",
		"fashion-mnist train 26.5 MB not found; to get it: go run . data get fashion-mnist",
	} {
		if got := strings.Join(strings.Fields(lines[i]), " "); got != want {
			t.Errorf("line %d is %q, want %q", i, got, want)
		}
	}
	for _, test := range []struct{ args, want string }{
		{"get", "requires at least 1 arg"},
		{"get imagenet", `no data set "imagenet"`},
		{"get mnist", "downloads are off (PNC_OFFLINE)"},
		{"list", "unknown command"},
	} {
		if out, err := runData(t, strings.Fields(test.args)...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("data %s: %v, want %q (printed %q)", test.args, err, test.want, out)
		}
	}
}

// TestDataDiffers has files of four bytes: in PNC_DATA, where they are used, and in the
// cache, where they are damaged.
func TestDataDiffers(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PNC_DATA", dir)
	t.Setenv("PNC_OFFLINE", "1")
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	t.Setenv("HOME", dir)
	for _, folder := range []string{"mnist", "cache/pnclab/data/fashion-mnist"} {
		for _, name := range []string{"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"} {
			path := filepath.Join(dir, filepath.FromSlash(folder), name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("damn"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	out, err := runData(t, "get", "mnist")
	if err != nil {
		t.Fatal(err)
	}
	want := "mnist train is in " + filepath.Join(dir, "mnist") + ", but not as it was published: train-images-idx3-ubyte.gz has 4 bytes instead of 9912422, train-labels-idx1-ubyte.gz has 4 bytes instead of 28881\n" +
		"mnist test is in " + filepath.Join(dir, "mnist") + ", but not as it was published: t10k-images-idx3-ubyte.gz has 4 bytes instead of 1648877, t10k-labels-idx1-ubyte.gz has 4 bytes instead of 4542\n"
	if out != want {
		t.Errorf("printed %q, want %q", out, want)
	}
	damaged := filepath.Join(dir, "cache", "pnclab", "data", "fashion-mnist", "train-images-idx3-ubyte.gz")
	if out, err := runData(t, "get", "fashion-mnist"); err == nil || !strings.Contains(err.Error(), damaged+" is damaged (4 bytes instead of 26421880) and downloads are off") || out != "" {
		t.Errorf("damaged: printed %q, %v", out, err)
	}
	if out, err = runData(t); err != nil || !strings.Contains(out, "damaged: "+damaged+" has 4 bytes instead of 26421880; to get it again: go run . data get fashion-mnist") {
		t.Errorf("listed %s, %v", out, err)
	}
}

func TestDownloadProgress(t *testing.T) {
	var out bytes.Buffer
	p := newDownloadProgress(&out)
	for done := range int64(5) {
		p.report("a.gz", done*1e6, 4e6)
	}
	p.report("b.gz", 1, 2e6)
	p.end()
	if want := "downloading a.gz (4.0 MB)\ndownloading b.gz (2.0 MB)\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}
