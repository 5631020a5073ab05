package provenance

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"pnclab/pnc"
)

func TestDescribe(t *testing.T) {
	build := func(path string, settings ...string) *debug.BuildInfo {
		info := &debug.BuildInfo{Main: debug.Module{Path: path}}
		for i := 0; i < len(settings); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: settings[i], Value: settings[i+1]})
		}
		return info
	}
	const commit = "1f2e3d4c5b6a79880716"
	for _, test := range []struct {
		info *debug.BuildInfo
		want string
	}{
		{nil, pnc.Version},
		{build("pnclab"), pnc.Version},
		{build("pnclab", "vcs.revision", commit, "vcs.modified", "false"), pnc.Version + " (commit 1f2e3d4c5b6a)"},
		{build("pnclab", "vcs.modified", "true", "vcs.revision", commit), pnc.Version + " (commit 1f2e3d4c5b6a, modified)"},
		{build("elsewhere", "vcs.revision", commit), pnc.Version}, // the commit is that of another module
	} {
		if got := describe(test.info); got != test.want {
			t.Errorf("%v: %q, want %q", test.info, got, test.want)
		}
	}
}

// TestOfData has two files under the names of MNIST's test set.
func TestOfData(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PNC_DATA", dir)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	t.Setenv("HOME", dir)
	for _, name := range []string{"t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("abc"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if d := Of(dir).Data; len(d) != 1 || d[0].Name != "mnist" || d[0].Split != "test" || len(d[0].SHA256) != 64 || d[0].Differs != "t10k-images-idx3-ubyte.gz has 3 bytes instead of 1648877" {
		t.Errorf("data %+v", d)
	}
}

func TestProcessor(t *testing.T) {
	if got := Processor(); got == "" || strings.ContainsAny(got, "\n\t") {
		t.Errorf("processor %q", got)
	}
}
