package slurm

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pnclab/internal/sweep"
	"pnclab/pnc"
)

// cluster is a real Slurm, for tests of the whole program: .ci/slurm runs them.
type cluster struct {
	t       *testing.T
	program string
	dir     string // of specs and the cache
}

// newCluster skips the test unless PNC_SLURM names the program to test, and Slurm is there.
func newCluster(t *testing.T) *cluster {
	program := os.Getenv("PNC_SLURM")
	if program == "" {
		t.Skip("needs a Slurm of its own; see .ci/slurm")
	}
	if out, err := exec.Command("sinfo", "-h").CombinedOutput(); err != nil || len(out) == 0 {
		t.Fatalf("no Slurm: %v: %s", err, out)
	}
	return &cluster{t, program, t.TempDir()}
}

// spec writes a grid to a file.
func (c *cluster) spec(name string, g pnc.Grid) string {
	c.t.Helper()
	file := filepath.Join(c.dir, name)
	if err := os.WriteFile(file, []byte(g.String()), 0o666); err != nil {
		c.t.Fatal(err)
	}
	return file
}

// run runs the program, with the given cache, and returns its exit status and output.
func (c *cluster) run(cache string, args ...string) (int, string) {
	c.t.Helper()
	cmd := exec.Command(c.program, append([]string{"sweep"}, args...)...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "PNC_CACHE="+filepath.Join(c.dir, cache))
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode(), string(out)
	} else if err != nil {
		c.t.Fatal(err)
	}
	return 0, string(out)
}

// must is run for what has to succeed.
func (c *cluster) must(cache string, args ...string) string {
	c.t.Helper()
	code, out := c.run(cache, args...)
	if code != 0 {
		c.t.Fatalf("sweep %s: status %d\n%s", strings.Join(args, " "), code, out)
	}
	return out
}

// until waits for a condition.
func (c *cluster) until(what string, limit time.Duration, ok func() bool) {
	c.t.Helper()
	for begin := time.Now(); !ok(); time.Sleep(200 * time.Millisecond) {
		if time.Since(begin) > limit {
			queue, _ := exec.Command("squeue", "-r").CombinedOutput()
			c.t.Fatalf("not within %s: %s\n%s", limit, what, queue)
		}
	}
}

// idle waits until Slurm has no jobs.
func (c *cluster) idle(limit time.Duration) {
	c.t.Helper()
	c.until("no jobs", limit, func() bool {
		out, err := exec.Command("squeue", "-h", "-r").Output()
		return err == nil && len(bytes.TrimSpace(out)) == 0
	})
}

// summary returns the summary and the folder of a sweep.
func (c *cluster) summary(spec string) (sweep.Summary, *sweep.Folder, *sweep.Journal) {
	c.t.Helper()
	f, err := sweep.Open(sweep.PathOf(spec))
	if err != nil {
		c.t.Fatal(err)
	}
	j, err := f.Journal()
	if err != nil {
		c.t.Fatal(err)
	}
	return f.Summarize(j, nil), f, j
}

// measured returns what was measured, as JSON, by coordinates.
func (c *cluster) measured(spec string) map[string]string {
	c.t.Helper()
	_, f, j := c.summary(spec)
	all := map[string]string{}
	for _, r := range f.Runs {
		m, err := j.Measured(r.Key)
		if err != nil {
			c.t.Fatal(err)
		}
		text, err := json.Marshal(m)
		if err != nil {
			c.t.Fatal(err)
		}
		all[f.Describe(r)] = string(text)
	}
	return all
}

// same compares what was measured with what one process measures, which has a cache of
// its own.
func (c *cluster) same(spec string, g pnc.Grid) {
	c.t.Helper()
	alone := c.spec("alone.json", g)
	os.RemoveAll(sweep.PathOf(alone))
	c.must("cache-alone", "run", alone, "--threads", "1")
	want, got := c.measured(alone), c.measured(spec)
	if len(got) != len(want) {
		c.t.Errorf("%d runs, want %d", len(got), len(want))
	}
	for name, text := range want {
		if got[name] != text {
			c.t.Errorf("%s: %s\nin one process %s", name, got[name], text)
		}
	}
}

// ninety are 90 short runs.
func ninety() pnc.Grid {
	return pnc.Grid{
		Base: pnc.Experiment{
			Data: pnc.NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1}, Net: pnc.Linear(4, 50), Init: pnc.Orthogonal(0.3),
			Train: pnc.Settings{Epochs: 100}, Measures: pnc.Scatter | pnc.Collapse, Forget: true,
		},
		Axes: []pnc.Axis{pnc.Over("net.depth", 2, 4, 6), pnc.Over("init.scale", pnc.LogRange(0.1, 1, 10)), pnc.Over("seed", 1, 2, 3)},
	}
}

// long are runs that take several seconds each.
func long(n, epochs int) pnc.Grid {
	g := ninety()
	g.Base.Train = pnc.Settings{Epochs: epochs, Method: pnc.Full, LearningRate: 1e-3}
	g.Axes = []pnc.Axis{pnc.Over("seed", pnc.Range(1, n))}
	return g
}

// TestArray runs 90 experiments in 9 tasks.
func TestArray(t *testing.T) {
	c := newCluster(t)
	spec := c.spec("ninety.json", ninety())
	if out := c.must("cache", "submit", spec, "--slurm", "--tasks", "9", "--max-parallel", "3"); !strings.Contains(out, "90 runs in 9 tasks") {
		t.Error(out)
	}
	if out := c.must("cache", "submit", spec, "--slurm"); !strings.Contains(out, "nothing to submit") {
		t.Errorf("what waits was submitted again: %s", out)
	}
	c.idle(2 * time.Minute)
	s, f, j := c.summary(spec)
	if s.Count[sweep.Done] != 90 || s.Damaged != 0 {
		t.Errorf("%v", s.Count)
	}
	jobs := map[string]bool{}
	for _, r := range f.Runs {
		state := j.Of(r.Key)
		jobs[state.Worker.Job] = true
		if state.Attempts != 1 {
			t.Errorf("%s was begun %d times", f.Describe(r), state.Attempts)
		}
		if log, err := os.ReadFile(state.Worker.Log); err != nil || !strings.Contains(string(log), "10 of 10 runs done") {
			t.Errorf("log %s: %s, error %v", state.Worker.Log, log, err)
		}
	}
	if len(jobs) != 9 {
		t.Errorf("%d jobs did them", len(jobs))
	}
	c.same(spec, ninety())
	if out := c.must("cache", "submit", spec, "--slurm"); !strings.Contains(out, "nothing to submit: 90 done") {
		t.Error(out)
	}
}

// TestCancel cancels a job in the middle of its runs, which then have checkpoints, and
// submits again; and has two jobs on the same sweep.
func TestCancel(t *testing.T) {
	c := newCluster(t)
	g := long(3, 60000)
	spec := c.spec("long.json", g)
	c.must("cache", "submit", spec, "--slurm", "--tasks", "3")
	c.until("a run begins", time.Minute, func() bool {
		s, _, _ := c.summary(spec)
		return s.Count[sweep.Running] >= 2
	})
	time.Sleep(time.Second)
	if out, err := exec.Command("scancel", "-u", "root").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	c.idle(time.Minute)
	s, f, j := c.summary(spec)
	if s.Count[sweep.Interrupted] == 0 || s.Count[sweep.Running] > 0 {
		t.Errorf("after scancel: %v", s.Count)
	}
	checkpoints := 0
	for _, r := range f.Runs {
		if state := j.Of(r.Key); state.Status == sweep.Interrupted && state.Steps > 0 { // not just begun
			checkpoints++
			if _, err := os.Stat(filepath.Join(c.dir, "cache", r.Key+".checkpoint")); err != nil {
				t.Errorf("%s was interrupted after %d steps: %v", f.Describe(r), state.Steps, err)
			}
		}
	}
	if checkpoints == 0 {
		t.Error("no run was interrupted in its middle")
	}
	c.must("cache", "submit", spec, "--slurm", "--tasks", "3")
	c.idle(2 * time.Minute)
	if s, _, _ := c.summary(spec); s.Count[sweep.Done] != 3 {
		t.Errorf("submitted again: %v", s.Count)
	}
	c.same(spec, g)
}

// TestTwoSweeps submits two sweeps that share experiments at the same time.
func TestTwoSweeps(t *testing.T) {
	c := newCluster(t)
	one, two := ninety(), ninety()
	two.Axes[2] = pnc.Over("seed", 3, 2, 4)
	specs := []string{c.spec("one.json", one), c.spec("two.json", two)}
	for _, s := range specs {
		c.must("cache", "submit", s, "--slurm", "--tasks", "2")
	}
	c.idle(2 * time.Minute)
	for i, g := range []pnc.Grid{one, two} {
		if s, _, _ := c.summary(specs[i]); s.Count[sweep.Done] != 90 {
			t.Errorf("sweep %d: %v", i, s.Count)
		}
		c.same(specs[i], g)
	}
	entries, err := filepath.Glob(filepath.Join(c.dir, "cache", "*.run"))
	if err != nil || len(entries) != 120 {
		t.Errorf("%d outcomes in the cache, want those of 120 different experiments (error %v)", len(entries), err)
	}
}

// TestOtherKernels has nodes that lack the kernels of the list: they refuse.
func TestOtherKernels(t *testing.T) {
	c := newCluster(t)
	g := ninety()
	g.Axes = []pnc.Axis{pnc.Over("seed", 1, 2)}
	spec := c.spec("kernels.json", g)
	c.must("cache", "plan", spec)
	// Another processor than the one that planned: its key is another one.
	path := sweep.PathOf(spec)
	cmd := exec.Command(c.program, "sweep", "run", path)
	cmd.Env = append(os.Environ(), "PNC_KERNEL=portable", "PNC_CACHE="+filepath.Join(c.dir, "cache"))
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "portable") {
		t.Errorf("error %v: %s", err, out)
	}
	if s, _, _ := c.summary(spec); s.Count[sweep.Done] != 0 {
		t.Errorf("%v", s.Count)
	}
}
