package userdir

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestCache(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("LocalAppData", home)
	got, err := Cache("data", "mnist")
	if err != nil || !strings.HasPrefix(got, home) || !strings.HasSuffix(got, filepath.Join("pnclab", "data", "mnist")) {
		t.Errorf("%q, %v, want a path from %s to pnclab/data/mnist", got, err, home)
	}
	if runtime.GOOS == "windows" {
		return
	}
	t.Setenv("HOME", "")
	if got, err := Cache(); err == nil {
		t.Errorf("%q without a home", got)
	}
}
