package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pnclab/pnc"
)

// TestCache shows, verifies and prunes a cache of two outcomes, one of them damaged.
func TestCache(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PNC_CACHE", dir)
	e := pnc.Experiment{Data: pnc.Blobs{Classes: 2, PerClass: 4, Dim: 3, Spread: 1}, Net: pnc.MLP(2, 4), Train: pnc.Settings{Epochs: 2}}
	pnc.Must(pnc.Sweep(t.Context(), e.Seeds(2)))
	entries := pnc.Must(pnc.CacheEntries())
	out, err := run("cache", "list")
	if err != nil || !strings.Contains(out, "2 outcomes") || !strings.Contains(out, entries[0].Key[:12]) {
		t.Errorf("list: %s, error %v", out, err)
	}
	if out, err = run("cache", "show", entries[0].Key[:12]); err != nil || !strings.Contains(out, "pnc.Blobs") {
		t.Errorf("show: %s, error %v", out, err)
	}
	if !strings.Contains(out, "stored ") || !strings.Contains(out, pnc.Version) {
		t.Errorf("show does not say when it was stored: %s", out)
	}
	if _, err = run("cache", "show", "no key"); err == nil || !strings.Contains(err.Error(), "no key") {
		t.Errorf("a key there is not: error %v", err)
	}
	if err := os.WriteFile(entries[1].File, []byte("half"), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err = run("cache", "verify"); err == nil || !strings.Contains(out, filepath.Base(entries[1].File)) || !strings.Contains(out, "1 damaged") {
		t.Errorf("verify: %s, error %v", out, err)
	}
	if out, err = run("cache", "prune"); err != nil || !strings.Contains(out, "2 files deleted") {
		t.Errorf("prune: %s, error %v", out, err)
	}
	if out, err = run("cache", "prune", "--limit", "0"); err != nil || !strings.Contains(out, "2 files deleted") {
		t.Errorf("prune --limit 0: %s, error %v", out, err)
	}
}
