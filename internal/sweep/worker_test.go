package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pnclab/pnc"
)

func TestMain(m *testing.M) {
	os.Setenv("PNC_OFFLINE", "1")
	os.Setenv("PNC_CACHE", "off")
	pnc.RegisterSource(broken{})
	os.Exit(m.Run())
}

// broken is a source that fails for some seeds once breaks is set, as one whose files
// were removed.
type broken struct{}

var breaks bool

func (b broken) Generate(seed int) (*pnc.Dataset, error) {
	switch {
	case breaks && seed == 2:
		panic("broken on purpose")
	case breaks && seed == 3:
		return nil, errors.New("no data for this seed")
	}
	return pnc.Blobs{Classes: 3, PerClass: 5, Dim: 10, Spread: 0.1}.Generate(seed)
}

func small() pnc.Grid {
	return pnc.Grid{
		Name: "small",
		Base: pnc.Experiment{
			Data: pnc.NearlyOrthonormal{Classes: 3, PerClass: 5, Dim: 20, Noise: 1}, Net: pnc.Linear(3, 20), Init: pnc.Orthogonal(0.3),
			Train: pnc.Settings{Epochs: 20}, Measures: pnc.Scatter, Forget: true,
		},
		Axes: []pnc.Axis{pnc.Over("net.depth", 2, 3, 4), pnc.Over("seed", pnc.Range(1, 5))},
	}
}

// newFolder makes the folder of a grid, and an empty cache.
func newFolder(t *testing.T, g pnc.Grid) *Folder {
	t.Helper()
	t.Setenv("PNC_CACHE", t.TempDir())
	f, err := create(filepath.Join(t.TempDir(), "x.sweep"), g)
	if err != nil {
		t.Fatal(err)
	}
	f, err = Open(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func work(t *testing.T, f *Folder, o Options) Tally {
	t.Helper()
	tally, err := Work(t.Context(), f, o)
	if err != nil {
		t.Fatal(err)
	}
	return tally
}

func journal(t *testing.T, f *Folder) *Journal {
	t.Helper()
	j, err := f.Journal()
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// measured returns what was measured in every run, as JSON.
func measured(t *testing.T, f *Folder) []string {
	t.Helper()
	j := journal(t, f)
	var all []string
	for _, r := range f.Runs {
		m, err := j.Measured(r.Key)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text(t, m.Evaluation))
	}
	return all
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestWork compares with pnc.Sweep, and checks that nothing is done twice, not even
// when the cache is gone.
func TestWork(t *testing.T) {
	f := newFolder(t, small())
	if tally := work(t, f, Options{}); tally != (Tally{Runs: 15, Done: 15}) {
		t.Errorf("tally %+v", tally)
	}
	got := measured(t, f)
	t.Setenv("PNC_CACHE", t.TempDir())
	for i, o := range pnc.Must(small().Run(t.Context())) {
		if want := text(t, o.Evaluation); got[i] != want {
			t.Errorf("run %d: %s, want %s", i, got[i], want)
		}
	}
	t.Setenv("PNC_CACHE", t.TempDir())
	if tally := work(t, f, Options{}); tally != (Tally{Runs: 15, Done: 15}) {
		t.Errorf("again: tally %+v", tally)
	}
	if entries := pnc.Must(pnc.CacheEntries()); len(entries) > 0 {
		t.Errorf("%d runs were done again", len(entries))
	}
	if files := pnc.Must(os.ReadDir(filepath.Join(f.Path, recordsFolder))); len(files) != 1 {
		t.Errorf("%d files of records; a worker without work writes none", len(files))
	}
	if r := journal(t, f).Of(f.Runs[0].Key); r.Steps != 20 || r.Loss == nil || r.Reason != "epoch limit" || r.Worker.Kernels != pnc.Kernels() {
		t.Errorf("record %+v", r)
	}
}

// TestFailures checks that errors, panics and divergence are recorded, that the other
// runs are done, and that failures are repeated on request alone.
func TestFailures(t *testing.T) {
	g := small()
	g.Base.Data, g.Base.Net = broken{}, pnc.Linear(2, 10)
	g.Axes = []pnc.Axis{pnc.Over("train.learningRate", 0.1, 1e30), pnc.Over("seed", pnc.Range(1, 3))}
	f := newFolder(t, g)
	breaks = true
	defer func() { breaks = false }()
	tally := work(t, f, Options{})
	if tally.Done != 1 || tally.Failed+tally.Refused != 5 {
		t.Errorf("tally %+v", tally)
	}
	j := journal(t, f)
	for i, want := range []struct {
		status Status
		words  string
	}{{Done, ""}, {Failed, "broken on purpose"}, {Refused, "no data for this seed"}, {Diverged, "LearningRate"}, {Failed, "broken on purpose"}, {Refused, "no data"}} {
		s := j.Of(f.Runs[i].Key)
		if s.Status != want.status || !strings.Contains(s.Message, want.words) {
			t.Errorf("run %d is %s: %s, want %+v", i, s.Status, s.Message, want)
		}
		if s.Status == Failed {
			log, err := os.ReadFile(filepath.Join(f.Path, s.Log))
			if err != nil || !strings.Contains(string(log), "broken) Generate") && !strings.Contains(string(log), "broken.Generate") {
				t.Errorf("run %d: log %s, error %v", i, log, err)
			}
		}
	}
	before := j.Of(f.Runs[3].Key).Attempts
	work(t, f, Options{})
	if n := journal(t, f).Of(f.Runs[3].Key).Attempts; n != before {
		t.Errorf("a run that diverged was begun %d times", n)
	}
	work(t, f, Options{RetryFailed: true})
	if n := journal(t, f).Of(f.Runs[3].Key).Attempts; n != before+1 {
		t.Errorf("a run that diverged was begun %d times with RetryFailed", n)
	}
}

// TestRefusal checks that a run whose key differs is not computed.
func TestRefusal(t *testing.T) {
	f := newFolder(t, small())
	f.Runs[3].Key = strings.Repeat("a", 64)
	if err := f.write(); err != nil {
		t.Fatal(err)
	}
	if tally := work(t, f, Options{}); tally != (Tally{Runs: 15, Done: 14, Refused: 1}) {
		t.Errorf("tally %+v", tally)
	}
	if s := journal(t, f).Of(f.Runs[3].Key); s.Status != Refused || !strings.Contains(s.Message, "aaaaaaaaaaaa") {
		t.Errorf("%s: %s", s.Status, s.Message)
	}
}

// TestInterrupt cancels long runs, and checks that they are recorded as interrupted,
// leave a checkpoint at once, and end with the bits of runs that were not interrupted.
func TestInterrupt(t *testing.T) {
	g := small()
	g.Base.Train = pnc.Settings{Epochs: 30000, Method: pnc.Full}
	g.Axes = []pnc.Axis{pnc.Over("seed", pnc.Range(1, 3))}
	f := newFolder(t, g)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan Tally)
	go func() {
		tally, err := Work(ctx, f, Options{AtOnce: 2})
		if err != nil {
			t.Error(err)
		}
		done <- tally
	}()
	for begin := time.Now(); ; time.Sleep(time.Millisecond) {
		if j := journal(t, f); j.Of(f.Runs[0].Key).Status == Running {
			break
		}
		if time.Since(begin) > time.Minute {
			t.Fatal("nothing runs")
		}
	}
	time.Sleep(50 * time.Millisecond) // of the seconds that they take
	cancel()
	tally := <-done
	if tally.Interrupted == 0 || tally.Interrupted+tally.Done != 3 {
		t.Errorf("tally %+v", tally)
	}
	j := journal(t, f)
	interrupted := 0
	for _, r := range f.Runs {
		if s := j.Of(r.Key); s.Status == Interrupted && s.Steps > 0 { // not just begun
			interrupted++
			if _, err := os.Stat(filepath.Join(pnc.CacheDir(), r.Key+".checkpoint")); err != nil {
				t.Errorf("no checkpoint after %d steps: %v", s.Steps, err)
			}
		}
	}
	if interrupted == 0 {
		t.Error("no run was interrupted in its middle")
	}
	if tally := work(t, f, Options{}); tally != (Tally{Runs: 3, Done: 3}) {
		t.Errorf("afterwards: tally %+v", tally)
	}
	got := measured(t, f)
	t.Setenv("PNC_CACHE", t.TempDir())
	for i, o := range pnc.Must(g.Run(t.Context())) {
		if want := text(t, o.Evaluation); got[i] != want {
			t.Errorf("run %d: %s, want %s", i, got[i], want)
		}
	}
}

// TestWorkersShare lets several workers work on one folder at the same time, and checks
// that every run was begun once.
func TestWorkersShare(t *testing.T) {
	f := newFolder(t, small())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			tally, err := Work(t.Context(), f, Options{AtOnce: 2})
			if err != nil || tally.Done != 15 {
				t.Errorf("tally %+v, error %v", tally, err)
			}
		})
	}
	wg.Wait()
	j := journal(t, f)
	for i, r := range f.Runs {
		if s := j.Of(r.Key); s.Attempts != 1 || s.Status != Done {
			t.Errorf("run %d was begun %d times and is %s", i, s.Attempts, s.Status)
		}
	}
}

// TestShares checks that shares are disjoint and together complete, and that tasks
// select by keys.
func TestShares(t *testing.T) {
	f := newFolder(t, small())
	var all []string
	for i := range 4 {
		for _, r := range pnc.Must(f.choose(Options{Index: i + 1, Of: 4})) {
			all = append(all, r.Key)
		}
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) != 15 {
		t.Errorf("%d runs in four shares", len(all))
	}
	if tally := work(t, f, Options{Keys: []string{f.Runs[7].Key[:16], f.Runs[2].Key[:16]}}); tally != (Tally{Runs: 2, Done: 2}) {
		t.Errorf("tally %+v", tally)
	}
	if s := journal(t, f).Of(f.Runs[7].Key); s.Status != Done {
		t.Errorf("the run is %s", s.Status)
	}
	for _, o := range []Options{{Index: 0, Of: 3}, {Index: 4, Of: 3}, {Keys: []string{"xyz"}}} {
		if _, err := Work(t.Context(), f, o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}

// TestPrepare checks that a changed file keeps what was done, and that the list of
// another program is not used.
func TestPrepare(t *testing.T) {
	t.Setenv("PNC_CACHE", t.TempDir())
	write := func(g pnc.Grid) string {
		file := filepath.Join(t.TempDir(), "x.json")
		if err := os.WriteFile(file, []byte(g.String()), 0o666); err != nil {
			t.Fatal(err)
		}
		return file
	}
	file := write(small())
	f := pnc.Must(Prepare(file, false))
	work(t, f, Options{})
	made := f.Head.Made
	if f = pnc.Must(Prepare(file, false)); f.Head.Made != made || len(f.Runs) != 15 {
		t.Error("the list was made again for the same file")
	}
	more := small()
	more.Axes[0] = pnc.Over("net.depth", 5, 3)
	if err := os.WriteFile(file, []byte(more.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	f = pnc.Must(Prepare(file, false))
	if s := f.Summarize(journal(t, f), nil); s.Count[Done] != 5 || s.Count[Missing] != 5 {
		t.Errorf("after a change: %v", s.Count)
	}
	f.Runs[0].Key = strings.Repeat("b", 64)
	f.Head.Version = "0.0.1"
	if err := f.write(); err != nil {
		t.Fatal(err)
	}
	for _, spec := range []string{file, f.Path} {
		if _, err := Prepare(spec, false); !errors.Is(err, ErrOtherProgram) || !strings.Contains(err.Error(), "0.0.1") {
			t.Errorf("%s: error %v", spec, err)
		}
	}
	if err := os.WriteFile(filepath.Join(f.Path, listFile), []byte("{}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(f.Path); err == nil || !strings.Contains(err.Error(), "--renew") {
		t.Errorf("another list: error %v", err)
	}
	if again := pnc.Must(Prepare(f.Path, true)); len(again.Runs) != 10 {
		t.Errorf("%d runs", len(again.Runs))
	}
	if f = pnc.Must(Prepare(file, true)); f.Runs[0].Key == strings.Repeat("b", 64) {
		t.Error("the list was not made again")
	}
	if _, err := Prepare(t.TempDir(), false); err == nil || !strings.Contains(err.Error(), "no sweep") {
		t.Errorf("an empty folder: error %v", err)
	}
}

// TestOtherVersion checks that what an earlier program measured, under keys that this one
// does not give, is found, counted and collected, and not computed again.
func TestOtherVersion(t *testing.T) {
	f := newFolder(t, small())
	w := journalWriter{folder: filepath.Join(f.Path, recordsFolder), worker: Worker{Version: "0.0.1", Began: time.Now()}}
	for i, o := range pnc.Must(small().Run(t.Context())) {
		f.Runs[i].Key = strings.Repeat(string("0123456789abcdef"[i]), 64)
		if err := w.append(Record{Key: f.Runs[i].Key, Status: Done, Time: time.Now()}, &Measured{Evaluation: o.Evaluation}); err != nil {
			t.Fatal(err)
		}
	}
	w.close()
	if err := f.write(); err != nil {
		t.Fatal(err)
	}
	f = pnc.Must(Open(f.Path))
	j := journal(t, f)
	if s := f.Summarize(j, nil); s.Count[Done] != 15 {
		t.Errorf("%v", s.Count)
	}
	table := pnc.Must(f.Collect(j))
	if len(table.Rows) != 5*(2+3+4) || table.Rows[0][table.column("version")] != "0.0.1" {
		t.Errorf("%d rows, the first %v", len(table.Rows), table.Rows[0])
	}
	if tally := work(t, f, Options{}); tally != (Tally{Runs: 15, Done: 15}) {
		t.Errorf("tally %+v", tally)
	}
}

func TestCached(t *testing.T) {
	f := newFolder(t, small())
	pnc.Must(pnc.Sweep(t.Context(), pnc.Must(small().Experiments())[:4]))
	work(t, f, Options{Keys: []string{f.Runs[0].Key}})
	if n, err := f.Cached(journal(t, f)); err != nil || n != 3 {
		t.Errorf("%d runs are cached and not done, error %v", n, err)
	}
}
