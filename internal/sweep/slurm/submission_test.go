package slurm

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pnclab/internal/sweep"
	"pnclab/pnc"
)

func TestMain(m *testing.M) {
	os.Setenv("PNC_OFFLINE", "1")
	if os.Getenv("PNC_CACHE") == "" {
		os.Setenv("PNC_CACHE", "off")
	}
	os.Exit(m.Run())
}

// folder makes the folder of a small sweep in a directory whose name a shell would split.
func folder(t *testing.T) *sweep.Folder {
	t.Helper()
	g := pnc.Grid{
		Base: pnc.Experiment{Data: pnc.Blobs{Classes: 3, PerClass: 5, Dim: 10, Spread: 0.1}, Net: pnc.Linear(2, 10), Train: pnc.Settings{Epochs: 20}},
		Axes: []pnc.Axis{pnc.Over("seed", pnc.Range(1, 12))},
	}
	file := filepath.Join(t.TempDir(), "it's 100% $HOME.json")
	if err := os.WriteFile(file, []byte(g.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return pnc.Must(sweep.Prepare(file, false))
}

// TestScript executes the job script with a srun that prints its arguments, and checks
// them and the environment.
func TestScript(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	t.Setenv("PNC_CACHE", filepath.Join(t.TempDir(), "a b'c"))
	f := folder(t)
	j := pnc.Must(f.Journal())
	s := pnc.Must(New(t.Context(), f, j, pnc.Must(f.Estimate(j, time.Minute)), Options{Threads: 2, Tasks: 5, RetryFailed: true}))
	s.Program = filepath.Join(s.Folder, "bin", "pnclab-1")
	if len(s.Tasks) != 5 || s.Runs() != 12 {
		t.Fatalf("%d runs in %d tasks", s.Runs(), len(s.Tasks))
	}
	dir := t.TempDir()
	fake := "#!/bin/bash\nprintf '%s\\n' \"$@\" \"$PNC_KERNEL\" \"$PNC_CACHE\" \"$PNC_OFFLINE\"\n"
	if err := os.WriteFile(filepath.Join(dir, "srun"), []byte(fake), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bash, "-c", s.Script(), "job", "1000")
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "SLURM_ARRAY_TASK_ID=7", "SLURM_ARRAY_JOB_ID=55")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := strings.Join([]string{
		"--ntasks=1", "--cpus-per-task=2", s.Program, "sweep", "run", s.Folder, "--task", filepath.Join(s.Path, "tasks.txt") + ":1007", "--threads", "2", "--retry-failed",
		"--job", "55_7", "--log", filepath.Join(s.Path, "logs") + "/55_7.txt", pnc.Kernels(), os.Getenv("PNC_CACHE"), "1", "",
	}, "\n")
	if string(out) != want {
		t.Errorf("%s\nwant\n%s", out, want)
	}
	t.Setenv("PNC_CACHE_KEY", "portable")
	if script := s.Script(); strings.Contains(script, "PNC_KERNEL") || !strings.Contains(script, "export PNC_CACHE_KEY=portable\n") {
		t.Errorf("with keys for all kinds of processors:\n%s", script)
	}
	for _, line := range []string{"#SBATCH --cpus-per-task=2", "#SBATCH --time=0-00:15:00", "#SBATCH --signal=TERM@120", `it's 100%% $HOME.sweep/slurm/1/logs/%A_%a.txt"`} {
		if !strings.Contains(s.Script(), line) {
			t.Errorf("no %s in\n%s", line, s.Script())
		}
	}
}

func TestLimit(t *testing.T) {
	for _, c := range []struct {
		seconds float64
		want    string
	}{{0, "0-00:15:00"}, {1800, "0-01:15:00"}, {7200, "0-04:15:00"}, {90000, "2-02:15:00"}} {
		s := Submission{Tasks: []Task{{Seconds: c.seconds}}}
		if got := s.limit(); got != c.want {
			t.Errorf("%g s: %s, want %s", c.seconds, got, c.want)
		}
	}
}

// TestMissing checks that what is done or runs is not submitted, and that there are
// errors where Slurm is missing.
func TestMissing(t *testing.T) {
	t.Setenv("PNC_CACHE", t.TempDir())
	f := folder(t)
	if _, err := sweep.Work(t.Context(), f, sweep.Options{Index: 1, Of: 3}); err != nil {
		t.Fatal(err)
	}
	j := pnc.Must(f.Journal())
	e := pnc.Must(f.Estimate(j, time.Minute))
	s := pnc.Must(New(t.Context(), f, j, e, Options{}))
	if s.Runs() != 8 || len(s.Tasks) != 1 {
		t.Errorf("%d runs in %d tasks", s.Runs(), len(s.Tasks))
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := s.Submit(t.Context()); err == nil || !strings.Contains(err.Error(), "no command sbatch") {
		t.Errorf("without Slurm: error %v", err)
	}
}

// TestManyTasks has more tasks than an array can, with an sbatch that writes down its
// arguments.
func TestManyTasks(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash")
	}
	dir := t.TempDir()
	fake := "#!/bin/bash\necho \"$@\" >>" + quote(filepath.Join(dir, "calls")) + "\necho $((100 + $(wc -l <" + quote(filepath.Join(dir, "calls")) + ")))';cluster'\n"
	if err := os.WriteFile(filepath.Join(dir, "sbatch"), []byte(fake), 0o755); err != nil {
		t.Fatal(err)
	}
	// All tasks but the last one of the second array are over.
	squeue := "#!/bin/bash\n[ \"$*\" != \"${*/--jobs=102/}\" ] && echo 1000\n[ \"$*\" != \"${*/--jobs=101/}\" ] && echo slurm_load_jobs error: Invalid job id specified >&2 && exit 1\nexit 0\n"
	if err := os.WriteFile(filepath.Join(dir, "squeue"), []byte(squeue), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	f := folder(t)
	path := pnc.Must(filepath.Abs(f.Path))
	s := Submission{Folder: path, Path: filepath.Join(path, "slurm", "1"), Program: "/p", Options: Options{Threads: 1, MaxParallel: 7, Args: []string{"-p", "short"}}}
	for i := range 2500 {
		s.Tasks = append(s.Tasks, Task{Keys: []string{fmt.Sprintf("key%d", i+1), fmt.Sprintf("more%d", i+1)}})
	}
	ids, err := s.Submit(t.Context())
	if err != nil || strings.Join(ids, " ") != "101 102 103" {
		t.Fatalf("jobs %q, error %v", ids, err)
	}
	script := filepath.Join(s.Path, "job.sh")
	want := fmt.Sprintf("--parsable --array=1-1000%%7 -p short %s 0\n--parsable --array=1-1000%%7 -p short %s 1000\n--parsable --array=1-500%%7 -p short %s 2000\n", script, script, script)
	if calls := string(pnc.Must(os.ReadFile(filepath.Join(dir, "calls")))); calls != want {
		t.Errorf("%s\nwant\n%s", calls, want)
	}
	queued, err := Queued(t.Context(), path)
	if err != nil || len(queued) != 2 || !queued["key2000"] || !queued["more2000"] {
		t.Errorf("%v wait, error %v", queued, err)
	}
}
