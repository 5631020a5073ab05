package pnc

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestCacheEntries lists, describes, verifies and prunes a cache that holds outcomes,
// a damaged one, one of other code, what an interrupted run left, and a file of
// somebody else.
func TestCacheEntries(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PNC_CACHE", dir)
	e := smallExperiment()
	for seed := range 4 {
		e.Seed = seed
		Must(e.Run(t.Context()))
	}
	entries := Must(CacheEntries())
	if len(entries) != 4 {
		t.Fatalf("%d entries, want 4", len(entries))
	}
	for _, c := range entries {
		text, current, err := c.Describe()
		if err != nil || !current || !strings.Contains(text, "pnc.NearlyOrthonormal") || c.Verify() != nil {
			t.Errorf("%s: current %v, error %v, %s", c.Key, current, err, text)
		}
	}
	b := Must(os.ReadFile(entries[0].File))
	b[len(b)/2] ^= 1
	foreign := filepath.Join(dir, "notes.txt")
	old := filepath.Join(dir, entries[1].Key+".checkpoint")
	recent := filepath.Join(dir, entries[2].Key+".checkpoint")
	for path, content := range map[string][]byte{entries[0].File: b, foreign: []byte("mine"), old: nil, recent: nil} {
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * leftAfter)
	for _, path := range []string{foreign, old} {
		if err := os.Chtimes(path, long, long); err != nil {
			t.Fatal(err)
		}
	}
	if entries[0].Verify() == nil {
		t.Error("damage is not noticed")
	}
	n, _, err := PruneCache(1e9)
	if err != nil || n != 2 {
		t.Errorf("pruned %d files, error %v; want the damaged outcome and the old checkpoint", n, err)
	}
	for _, path := range []string{foreign, recent, entries[1].File} {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s was deleted", path)
		}
	}
	// The least recently used goes first.
	used := time.Now().Add(-time.Hour)
	if err := os.Chtimes(entries[2].File, used, used); err != nil {
		t.Fatal(err)
	}
	rest := Must(CacheEntries())
	var size int64
	for _, c := range rest {
		size += c.Size
	}
	if n, _, err := PruneCache(size - 1 + 4); err != nil || n != 1 {
		t.Errorf("pruned %d files, error %v; want one", n, err)
	}
	if _, err := os.Stat(entries[2].File); err == nil {
		t.Error("another outcome than the least recently used was deleted")
	}
}

// TestCacheCannotBeWritten checks that experiments run, with warnings, where the
// cache is no directory.
func TestCacheCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PNC_CACHE", filepath.Join(file, "cache"))
	var mu sync.Mutex
	var warnings []string
	defer Observe(func(n Notice) {
		mu.Lock()
		defer mu.Unlock()
		warnings = append(warnings, n.String())
	})()
	if o := Must(smallExperiment().Run(t.Context())); o.Cached || o.Evaluation == nil {
		t.Errorf("outcome %+v", o)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "PNC_CACHE") {
		t.Errorf("warnings %q", warnings)
	}
}

// TestCheckpointInTheWay checks that an experiment whose checkpoint is damaged runs
// from the start, with a warning.
func TestCheckpointInTheWay(t *testing.T) {
	t.Setenv("PNC_CACHE", t.TempDir())
	e := smallExperiment()
	want := Must(e.run(t.Context(), ""))
	if err := os.WriteFile(checkpointFile(Must(e.Key())), []byte("half a checkpoint"), 0o666); err != nil {
		t.Fatal(err)
	}
	warned := 0
	defer Observe(func(n Notice) { warned++ })()
	got := Must(e.Run(t.Context()))
	if warned != 1 || got.Evaluation.C()[3] != want.Evaluation.C()[3] {
		t.Errorf("%d warnings, C %g, want %g", warned, got.Evaluation.C()[3], want.Evaluation.C()[3])
	}
}

// TestClaimOnce has many goroutines claim and release one key: no two hold it at a
// time, also while the file of the lock comes and goes.
func TestClaimOnce(t *testing.T) {
	t.Setenv("PNC_CACHE", t.TempDir())
	var wg sync.WaitGroup
	var mu sync.Mutex
	held, worst := 0, 0
	for range 8 {
		wg.Go(func() {
			for range 20 {
				release, err := claim(t.Context(), "key", true)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				held++
				worst = max(worst, held)
				mu.Unlock()
				time.Sleep(100 * time.Microsecond)
				mu.Lock()
				held--
				mu.Unlock()
				release()
			}
		})
	}
	wg.Wait()
	if worst > 1 {
		t.Errorf("%d hold the key at a time", worst)
	}
}
