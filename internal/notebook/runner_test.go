//go:build unix

package notebook

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"pnclab/internal/process"
)

// outputOf returns what a cell has printed.
func outputOf(c *Cell) string {
	var text strings.Builder
	for _, o := range c.Outputs {
		text.WriteString(o.Text)
	}
	return text.String()
}

// TestNoInput has a cell and a shell command that read all input, of which there is none,
// and a command in a cell that gets some from the cell.
func TestNoInput(t *testing.T) {
	opt := options(t)
	nb := cells("%%\nb, err := io.ReadAll(os.Stdin)\nfmt.Println(len(b), err)", "!cat; echo read",
		"%%\ncmd := exec.Command(\"bash\", \"-c\", \"cat\")\ncmd.Stdin = strings.NewReader(\"given\")\nout, err := cmd.Output()\nfmt.Println(string(out), err)")
	if run := Execute(t.Context(), nb, opt); run.Err != nil || len(run.Notes) > 0 {
		t.Fatal(run.Err, run.Notes)
	}
	for i, want := range []string{"0 <nil>\n", "read\n", "given <nil>\n"} {
		if got := outputOf(nb.Cells[i+1]); got != want {
			t.Errorf("cell %d printed %q, want %q", i+2, got, want)
		}
	}
}

// survivors returns the processes with a command that are still there, and kills them.
func survivors(command string) []process.Process {
	var found []process.Process
	for range 20 { // one that has just been killed may still be listed
		found = nil
		all, _ := process.List()
		for _, p := range all {
			if p.Command == command && !p.Ended {
				found = append(found, p)
			}
		}
		if found == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	for _, p := range found {
		process.Kill(p.PID)
	}
	return found
}

// TestHeldOutput has cells whose program ends and leaves a process that has its output: one
// that is silent, which ends the cell before its limit, one in a session of its own, and one
// that prints something and ends, which the cell waits for.
func TestHeldOutput(t *testing.T) {
	opt := options(t)
	opt.Timeout = time.Hour
	start := "cmd := exec.Command(%s)\ncmd.Stdout = os.Stdout\nfmt.Println(cmd.Start())"
	nb := cells("%%\n" + strings.Replace(start, "%s", `"sh", "-c", "sleep 2; echo late"`, 1))
	if run := Execute(t.Context(), nb, opt); run.Err != nil || outputOf(nb.Cells[1]) != "<nil>\nlate\n" {
		t.Errorf("a child that prints late: %v, %q", run.Err, outputOf(nb.Cells[1]))
	}
	if _, known := process.List(); !known {
		t.Skip("the system lists no processes")
	}
	commands := []string{`"sleep", "1001"`}
	if _, err := exec.LookPath("setsid"); err == nil && isKept {
		commands = append(commands, `"setsid", "-f", "sleep", "1001"`)
	}
	for _, command := range commands {
		run := Execute(t.Context(), cells("%%\n"+strings.Replace(start, "%s", command, 1), "%%\nfmt.Println(2)"), opt)
		if run.Err == nil || !strings.HasPrefix(run.Err.Error(), "test, cell [2]: stopped, since its program has ended, but not sleep 1001 (process ") {
			t.Errorf("%s: error %v", command, run.Err)
		}
		if left := survivors("sleep 1001"); left != nil {
			t.Errorf("%s: %s is left", command, describe(left))
		}
	}
}

// TestHangingChild has a cell that waits for a process, which the error names.
func TestHangingChild(t *testing.T) {
	opt := options(t)
	opt.Timeout = 2 * time.Second
	run := Execute(t.Context(), cells("%%\nfmt.Println(exec.Command(\"sleep\", \"1002\").Run())"), opt)
	if _, known := process.List(); known && (run.Err == nil || !strings.Contains(run.Err.Error(), "for 2s (--timeout); running: sleep 1002 (process ")) {
		t.Errorf("error %v", run.Err)
	}
	if left := survivors("sleep 1002"); left != nil {
		t.Errorf("%s is left", describe(left))
	}
}

// TestDetached has cells that detach processes from everything that the kernel knows of, and
// end well, in a panic, or with the kernel.
func TestDetached(t *testing.T) {
	opt := options(t)
	if !isKept {
		t.Skip("such processes are found on Linux only")
	}
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip("no setsid")
	}
	for _, end := range []string{"", "\npanic(1)", "\nsyscall.Kill(os.Getppid(), syscall.SIGKILL)\ntime.Sleep(time.Hour)"} {
		Execute(t.Context(), cells("%%\nfmt.Println(exec.Command(\"env\", \"-i\", \"setsid\", \"-f\", \"sleep\", \"1003\").Run())"+end), opt)
		if left := survivors("sleep 1003"); left != nil {
			t.Errorf("cell that ends with %q: %s is left", end, describe(left))
		}
	}
}

// TestHalfway has cells that end with success before their end.
func TestHalfway(t *testing.T) {
	opt := options(t)
	nb := cells("%%\nfmt.Println(1)\nos.Exit(0)\nfmt.Println(2)", "func f() {}", "%%\nfmt.Println(3)",
		"%%\ndefer fmt.Println(5)\nfmt.Println(4)")
	run := Execute(t.Context(), nb, opt)
	want := "test, cell [2]: ended before the end of its code, by os.Exit(0) or the like: what follows was not run"
	if run.Err != nil || len(run.Notes) != 1 || run.Notes[0].String() != want {
		t.Errorf("error %v, notes %v, want %s", run.Err, run.Notes, want)
	}
	if got := outputOf(nb.Cells[1]) + outputOf(nb.Cells[3]) + outputOf(nb.Cells[4]); got != "1\n3\n4\n5\n" {
		t.Errorf("printed %q", got)
	}
}

// TestMuchOutput prints twenty times the limit.
func TestMuchOutput(t *testing.T) {
	opt := options(t)
	opt.OutputLimit = 1 << 20
	nb := cells("%%\nfor i := range 400_000 {\n\tfmt.Printf(\"line %044d\\n\", i)\n}")
	run := Execute(t.Context(), nb, opt)
	if run.Err != nil || len(run.Notes) != 1 || run.Notes[0].String() != "test, cell [2]: 20 MB of its output left out, of the middle (--output-limit)" {
		t.Errorf("error %v, notes %v", run.Err, run.Notes)
	}
	got := outputOf(nb.Cells[1])
	if !strings.HasPrefix(got, "line 0000") || !strings.HasSuffix(got, "399999\n") || !strings.Contains(got, "\n… 20 MB left out …\nline 0") || len(got) > opt.OutputLimit/textShare*2 {
		t.Errorf("%d bytes of output, from %.20q to %q", len(got), got, got[len(got)-20:])
	}
}

// goCache returns the folder in which the go command keeps what it has compiled.
func goCache(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// TestComma has a clone whose path has a comma, and a cache directory whose path has one too.
func TestComma(t *testing.T) {
	opt := options(t)
	cache := t.TempDir()
	t.Setenv("GOCACHE", goCache(t))
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache)
	dir := filepath.Join(t.TempDir(), "a,b")
	opt.Root = filepath.Join(dir, "clone")
	for file, text := range map[string]string{"go.mod": "module pnclab\n\ngo 1.26\n", "pnc/pnc.go": "package pnc\n\nconst Version = 1\n"} {
		file = filepath.Join(opt.Root, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	nb := cells("import \"pnclab/pnc\"\n\n%%\nfmt.Println(pnc.Version)")
	if run := Execute(t.Context(), nb, opt); run.Err != nil || outputOf(nb.Cells[1]) != "1\n" {
		t.Errorf("error %v, output %q", run.Err, outputOf(nb.Cells[1]))
	}
	spec := Kernelspec{Tools: opt.Tools, Root: opt.Root}
	if err := spec.Write(dir); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(filepath.Join(KernelFolder(dir), "kernel.json")); err != nil || !strings.Contains(string(b), "\"-go_work="+cache) {
		t.Errorf("the kernel of JupyterLab: %s, %v", b, err)
	}
	for _, name := range []string{"XDG_CACHE_HOME", "HOME"} {
		t.Setenv(name, dir)
	}
	if run := Execute(t.Context(), nb, opt); run.Err == nil || !strings.HasSuffix(run.Err.Error(), "whose path has one too: set XDG_CACHE_HOME to another folder") {
		t.Errorf("with a comma in the path of the cache too: %v", run.Err)
	}
}

// TestNoPrograms has a folder for temporary files in which no programs are run.
func TestNoPrograms(t *testing.T) {
	if err := canExecute(t.TempDir()); err != nil {
		t.Errorf("in the usual folder: %v", err)
	}
	dir := t.TempDir()
	if runtime.GOOS != "linux" || exec.Command("mount", "-t", "tmpfs", "-o", "size=64k,noexec", "tmpfs", dir).Run() != nil {
		t.Skip("no file system can be mounted here")
	}
	defer exec.Command("umount", dir).Run()
	work := filepath.Join(dir, "pnclab-1", "tmp")
	if err := os.MkdirAll(work, 0o700); err != nil {
		t.Fatal(err)
	}
	want := "programs in " + dir + ", where the cells are built, are not run; set TMPDIR to a folder that is not mounted with noexec"
	if err := canExecute(work); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if left, _ := os.ReadDir(work); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// TestNoHome has an environment without a home, and one in which only a cache directory is
// named: both errors say what to set.
func TestNoHome(t *testing.T) {
	root, err := FindRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "GOPATH", "GOMODCACHE", "GOCACHE"} {
		t.Setenv(name, "")
		os.Unsetenv(name)
	}
	t.Setenv("GOENV", "off")
	if _, err := EnsureTools(t.Context(), root, io.Discard); err == nil || !strings.Contains(err.Error(), "set one of them") {
		t.Errorf("without a home: %v", err)
	}
	if runtime.GOOS == "darwin" { // which names no cache directory apart from the home
		return
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	if _, err := EnsureTools(t.Context(), root, io.Discard); err == nil || !strings.HasSuffix(err.Error(), "; set HOME, or GOPATH and GOCACHE") {
		t.Errorf("with a cache directory alone: %v", err)
	}
}
