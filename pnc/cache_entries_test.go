package pnc

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pnclab/pnc/internal/gemm/isa"
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
	nothing := filepath.Join(dir, strings.Repeat("0", 64)+".json")
	for path, content := range map[string][]byte{entries[0].File: b, foreign: []byte("mine"), old: nil, recent: nil, nothing: []byte("{}")} {
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
	if err != nil || n != 4 {
		t.Errorf("pruned %d files, error %v; want the damaged outcome with its origin, the old checkpoint and the origin of nothing", n, err)
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
	if n, freed, err := PruneCache(size - 1 + 4); err != nil || n != 2 || freed != rest[len(rest)-1].Size {
		t.Errorf("pruned %d files, %d bytes, error %v; want one outcome with its origin", n, freed, err)
	}
	for _, path := range []string{entries[2].File, originFile(entries[2].File)} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is there; it was used least recently", path)
		}
	}
}

// TestOrigin checks that the file beside an outcome says what it is, and is counted.
func TestOrigin(t *testing.T) {
	t.Setenv("PNC_CACHE", t.TempDir())
	e := smallExperiment()
	Must(e.Run(t.Context()))
	c := Must(CacheEntries())[0]
	o := Must(c.Origin())
	var stored Experiment
	if err := json.Unmarshal(o.Experiment, &stored); err != nil || stored.String() != e.String() {
		t.Errorf("experiment %s, error %v", o.Experiment, err)
	}
	host, _ := os.Hostname()
	if o.Key != c.Key || o.Host != host || o.Version != Version || o.Kernels != Kernels() || o.Status != EpochLimit.String() || o.Epochs != 20 || time.Since(o.Stored) > time.Minute {
		t.Errorf("origin %+v", o)
	}
	outcome, origin := Must(os.Stat(c.File)), Must(os.Stat(originFile(c.File)))
	if c.Size != outcome.Size()+origin.Size() {
		t.Errorf("size %d, want %d + %d", c.Size, outcome.Size(), origin.Size())
	}
	if text := string(Must(os.ReadFile(originFile(c.File)))); strings.Count(text, "\n") < 20 {
		t.Errorf("hard to read: %s", text)
	}
	os.Remove(originFile(c.File)) // as in caches of earlier versions
	if _, err := c.Origin(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if !Must(e.Run(t.Context())).Cached {
		t.Error("not served without its origin")
	}
	evict := Must(CacheEntries())[0]
	if n, freed := evict.remove(); n != 1 || freed != outcome.Size() {
		t.Errorf("%d files of %d bytes removed", n, freed)
	}
}

// TestPortableKeys checks that keys which do not depend on the processor are others
// than those that do, and the same on every kernel path; that no program without them
// is served their outcomes; that pruning keeps outcomes of the same code under other
// keys; and that a wrong choice is an error.
func TestPortableKeys(t *testing.T) {
	t.Setenv("PNC_CACHE", t.TempDir())
	e := smallExperiment()
	strict := Must(e.Key())
	t.Setenv(keyVariable, "portable")
	key := Must(e.Key())
	if key == strict {
		t.Error("the same key")
	}
	defer isa.Use(isa.Current())
	for _, p := range isa.Available() {
		if err := isa.Use(p); err != nil {
			t.Fatal(err)
		}
		if Must(e.Key()) != key {
			t.Errorf("another portable key on path %v", p)
		}
		if o := Must(e.Run(t.Context())); o.Cached != (p != isa.Available()[0]) {
			t.Errorf("path %v: cached %v", p, o.Cached)
		}
	}
	t.Setenv(keyVariable, "")
	if Must(e.Run(t.Context())).Cached {
		t.Error("an outcome of any processor was served as one of this")
	}
	if n, _, err := PruneCache(1e9); err != nil || n != 0 {
		t.Errorf("pruned %d files, error %v; all are of this code", n, err)
	}
	t.Setenv(keyVariable, "portabel")
	if _, err := e.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "PNC_CACHE_KEY=portabel") {
		t.Errorf("error %v", err)
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

// TestPollDelay checks that a waiting run looks soon at first, every two seconds in the
// end, and at random times.
func TestPollDelay(t *testing.T) {
	for _, test := range []struct {
		try      int
		random   float64
		min, max time.Duration
	}{
		{0, 0, 2 * time.Millisecond, 3 * time.Millisecond},
		{0, 1, 7 * time.Millisecond, 8 * time.Millisecond},
		{15, 0, time.Second, time.Second},
		{15, 0.5, 2 * time.Second, 2 * time.Second},
		{1e9, 1, 3 * time.Second, 3 * time.Second},
	} {
		if got := pollDelay(test.try, test.random); got < test.min || got > test.max {
			t.Errorf("try %d, random %g: %v, want %v to %v", test.try, test.random, got, test.min, test.max)
		}
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

// TestPausedCheckpointsAreEvicted checks that checkpoints of runs that were given up do not
// drive all outcomes out of the cache, and that those of runs under way stay.
func TestPausedCheckpointsAreEvicted(t *testing.T) {
	key := func(digit string) string { return strings.Repeat(digit, 64) }
	now := time.Now()
	files := []CacheEntry{ // the most recently used first
		{File: key("1") + ".checkpoint", Size: 40, Used: now.Add(-time.Hour)},
		{File: key("2") + ".run", Key: key("2"), Size: 30, Used: now.Add(-2 * time.Hour)},
		{File: key("3") + ".checkpoint", Size: 50, Used: now.Add(-2 * pausedAfter)},
		{File: key("4") + ".run", Key: key("4"), Size: 20, Used: now.Add(-3 * pausedAfter)},
		{File: "someone's.checkpoint", Size: 5, Used: now.Add(-4 * pausedAfter)},
	}
	over := overLimit(files, 100) // 45 have to stay, 30 and 20 fit beside them
	if len(over) != 1 || over[0].File != files[2].File {
		t.Errorf("%v go; want the checkpoint of two days", over)
	}
	if over := overLimit(files, 10); len(over) != 3 {
		t.Errorf("%v go; want all but the checkpoints under way and of others", over)
	}
}
