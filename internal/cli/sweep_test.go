package cli

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

const sweepSpec = `base:
  data: {NearlyOrthonormal: {classes: 3, perClass: 5, dim: 20, noise: 1}}
  net: {depth: 3, width: 20}
  init: orthogonal(0.3)
  train: {epochs: 20}
  measures: scatter
  forget: true
axes:
  net.depth: [2, 3]
  seed: 1..4
`

// sweepProgram returns a function that runs pnclab as a program, in an empty folder
// that also holds the cache, and returns its exit status and output.
func sweepProgram(t *testing.T) (dir string, program func(args ...string) (int, string), start func(args ...string) *exec.Cmd) {
	t.Helper()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	start = func(args ...string) *exec.Cmd {
		cmd := exec.Command(own, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), asProgram+"=1", "PNC_CACHE="+filepath.Join(dir, "cache"), "PNC_OFFLINE=1")
		return cmd
	}
	program = func(args ...string) (int, string) {
		out, err := start(args...).CombinedOutput()
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			return exit.ExitCode(), string(out)
		} else if err != nil {
			t.Fatal(err)
		}
		return 0, string(out)
	}
	write(t, filepath.Join(dir, "x.yaml"), sweepSpec)
	return dir, program, start
}

// TestSweepCommands plans, runs and looks at sweeps, and checks exit statuses and what
// is printed.
func TestSweepCommands(t *testing.T) {
	dir, program, _ := sweepProgram(t)
	write(t, filepath.Join(dir, "diverges.yaml"), sweepSpec+"  train.learningRate: [0.1, 1e30]\n")
	write(t, filepath.Join(dir, "impossible.yaml"), strings.Replace(sweepSpec, "[2, 3]", "[2, 1]", 1))
	write(t, filepath.Join(dir, "wrong.yaml"), strings.Replace(sweepSpec, "depth: 3", "dept: 3", 1))
	for _, c := range []struct {
		args  string
		code  int
		words []string
	}{
		{"status x.yaml", 2, []string{"pnclab sweep plan x.yaml"}},
		{"plan x.yaml", 0, []string{"x: 8 runs (net.depth 2 × seed 4)", "0 done, 8 missing", "at most", "folder x.sweep"}},
		{"run x.yaml --index 2/4", 0, []string{"2 of 2 runs done"}},
		{"status x.yaml", 0, []string{"x: 8 runs: 2 done, 6 missing", "by 2 runs that took their time"}},
		{"run x.sweep --threads 1", 0, []string{"8 of 8 runs done"}},
		{"status x.sweep", 0, []string{"8 done, 0 missing", "nothing is left"}},
		{"plan wrong.yaml", 2, []string{"wrong.yaml:3: net.dept: no field dept; use depth"}},
		{"run wrong.yaml", 2, []string{"wrong.yaml:3"}},
		{"plan impossible.yaml", 2, []string{"net.depth 1, seed 1: network of depth 1"}},
		{"run impossible.yaml", 1, []string{"4 of 8 runs done, 4 failed", "failed: net.depth 1, seed 1: network of depth 1"}},
		{"run diverges.yaml", 1, []string{"8 of 16 runs done, 8 failed", "diverged: net.depth 2, seed 1, train.learningRate 1e+30"}},
		{"status diverges.yaml", 0, []string{"8 done, 0 missing, 8 diverged", ", diverges.sweep/logs/"}},
		{"run x.yaml --index 5/4", 2, []string{"--index 5/4"}},
		{"run x.yaml --task nowhere.txt:1", 2, []string{"nowhere.txt"}},
		{"run nowhere.yaml", 2, []string{"nowhere.yaml: no such file; name the YAML file"}},
		{"status nowhere.yaml", 2, []string{"nowhere.yaml: no such file; name the YAML file"}},
		{"status wrong.yaml", 2, []string{"wrong.yaml:3: net.dept"}},
		{"collect nowhere.sweep", 2, []string{"nowhere.sweep: no sweep in this folder; pnclab sweep plan makes it from the file"}},
	} {
		code, out := program(append([]string{"sweep"}, strings.Fields(c.args)...)...)
		if code != c.code {
			t.Errorf("%s: status %d, want %d\n%s", c.args, code, c.code, out)
		}
		for _, words := range c.words {
			if !strings.Contains(out, words) {
				t.Errorf("%s: no %q in\n%s", c.args, words, out)
			}
		}
	}
}

// TestSweepSignal sends SIGTERM to a sweep, and then runs it again.
func TestSweepSignal(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs signals")
	}
	dir, program, start := sweepProgram(t)
	write(t, filepath.Join(dir, "x.yaml"), strings.NewReplacer("epochs: 20", "epochs: 40000, method: full", "1..4", "[1]", "[2, 3]", "[3]").Replace(sweepSpec))
	cmd := start("sweep", "run", "x.yaml")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for begin := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if _, out := program("sweep", "status", "x.yaml"); strings.Contains(out, "1 running") {
			break
		}
		if time.Since(begin) > time.Minute {
			cmd.Process.Kill()
			t.Fatal("nothing runs")
		}
	}
	cmd.Process.Signal(syscall.SIGTERM)
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != sweepAgain {
		t.Errorf("ended with %v, want status %d", err, sweepAgain)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "cache", "*.checkpoint")); len(files) != 1 {
		t.Errorf("checkpoints %q, want one", files)
	}
	if _, out := program("sweep", "status", "x.yaml"); !strings.Contains(out, "1 interrupted") {
		t.Errorf("status:\n%s", out)
	}
	if code, out := program("sweep", "run", "x.yaml"); code != 0 || !strings.Contains(out, "1 of 1 run done") {
		t.Errorf("again: status %d\n%s", code, out)
	}
}

// TestSweepOtherData has a worker that finds no data set, and one that finds another one:
// both refuse, also where a source would make data up.
func TestSweepOtherData(t *testing.T) {
	for _, source := range []string{"ImageFiles", "Images"} {
		dir, _, start := sweepProgram(t)
		folder := func(name string, pixel byte) string {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Join(path, "mnist"), 0o777); err != nil {
				t.Fatal(err)
			}
			// 20 images of 28×28 in two files, in the format of MNIST.
			images := append([]byte{0, 0, 8, 3, 0, 0, 0, 20, 0, 0, 0, 28, 0, 0, 0, 28}, make([]byte, 20*784)...)
			labels := append([]byte{0, 0, 8, 1, 0, 0, 0, 20}, make([]byte, 20)...)
			for i := range 20 {
				labels[8+i] = byte(i % 10)
				for k := range 100 {
					images[16+784*i+k+20*(i%10)] = pixel + byte(i)
				}
			}
			write(t, filepath.Join(path, "mnist", "train-images-idx3-ubyte"), string(images))
			write(t, filepath.Join(path, "mnist", "train-labels-idx1-ubyte"), string(labels))
			return path
		}
		one, two, none := folder("one", 100), folder("two", 150), t.TempDir()
		text := "base:\n  data: {" + source + ": {set: mnist}}\n  net: {depth: 2, width: 10}\n  train: {epochs: 2}\n  measures: scatter\naxes:\n  seed: [1, 2]\n"
		if source == "Images" {
			text = strings.Replace(text, "set: mnist", "perClass: 2", 1)
		}
		write(t, filepath.Join(dir, "x.yaml"), text)
		program := func(data string, args ...string) (int, string) {
			cmd := start(append([]string{"sweep"}, args...)...)
			cmd.Env = append(cmd.Env, "PNC_DATA="+data, "HOME="+dir, "XDG_CACHE_HOME="+dir)
			out, err := cmd.CombinedOutput()
			if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			return cmd.ProcessState.ExitCode(), string(out)
		}
		if code, out := program(one, "plan", "x.yaml"); code != 0 {
			t.Fatalf("%s: plan: %s", source, out)
		}
		for _, data := range []string{two, none} {
			if code, out := program(data, "run", "x.yaml"); code != sweepBad {
				t.Errorf("%s: run of the file on other data: status %d: %s", source, code, out)
			}
			if code, out := program(data, "run", "x.sweep"); code != sweepFailed || !strings.Contains(out, "2 refused") {
				t.Errorf("%s: run on other data: status %d: %s", source, code, out)
			}
			if _, out := program(data, "status", "x.sweep"); !strings.Contains(out, "0 done") || !strings.Contains(out, "2 refused") {
				t.Errorf("%s: status: %s", source, out)
			}
		}
		if code, out := program(one, "run", "x.sweep"); code != 0 {
			t.Errorf("%s: run: status %d: %s", source, code, out)
		}
		if _, out := program(one, "collect", "x.sweep"); !strings.Contains(out, ",done,") || strings.Contains(out, "MNIST") {
			t.Errorf("%s: collect: %s", source, out)
		}
	}
}
