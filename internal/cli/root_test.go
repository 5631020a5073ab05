package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pnclab/internal/notebook"
	"pnclab/pnc"
)

// asProgram names the variable that makes the test binary behave as the program.
const asProgram = "PNCLAB_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(Main())
	}
	os.Exit(m.Run())
}

// checkout creates a module with some small notebooks and makes it the working
// directory.
func checkout(t *testing.T) string {
	t.Helper()
	root, err := notebook.FindRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	names := []string{"go.mod", "go.sum", "internal/notebook/gopls/go.mod", "internal/notebook/gopls/go.sum"}     // the versions of the kernel's tools
	list := exec.Command("go", "list", "-deps", "./internal/notebook/cellgo", "./pnc/internal/files/pncdownload") // ours
	list.Dir = root
	packages, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range strings.Fields(string(packages)) {
		own, ok := strings.CutPrefix(path, "pnclab/")
		if !ok {
			continue
		}
		files, err := os.ReadDir(filepath.Join(root, own))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if !f.IsDir() {
				names = append(names, filepath.Join(own, f.Name()))
			}
		}
	}
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), string(b))
	}
	// What the playground's page is compiled from.
	page := filepath.Join(dir, "internal", "playground", "wasm")
	if err := os.MkdirAll(page, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(page, "main.go"), "package main\n\nfunc main() {}\n")
	for _, name := range []string{"pnc", "plotting"} { // which notebooks could import
		write(t, filepath.Join(dir, name, name+".go"), "package "+name+"\n")
	}
	code := func(source string, tags ...any) *notebook.Cell {
		return &notebook.Cell{Type: notebook.Code, Source: source, Metadata: map[string]any{"tags": tags}}
	}
	title := func(s string) *notebook.Cell {
		return &notebook.Cell{Type: notebook.Markdown, Source: "# " + s + "\n\nAbstract."}
	}
	verdict := `import "github.com/janpfeifer/gonb/gonbui"
import "github.com/janpfeifer/gonb/gonbui/protocol"

%%
gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{"` + pnc.VerdictsMIME + `":
	fmt.Sprintf("{\"rows\":[{\"quantity\":\"seeds\",\"predicted\":3,\"measured\":%d,\"verdict\":%q}],\"preset\":%q}", seeds, verdict, preset)}})
gonbui.Sync()`
	for name, cells := range map[string][]*notebook.Cell{
		"00_tour": {title("A tour"), code("%noautoget"), code("%%\nfmt.Println(\"tour\")")},
		"01_law": {
			title("The law"), code("%noautoget"),
			code("var (\n\tpreset  = \"quick\" // quick or paper\n\tverdict = \"pass\"\n\tseeds   = 3\n)", "parameters"),
			code(verdict),
		},
		"02_broken": {title("Broken"), code("%noautoget"), code("%%\npanic(\"on purpose\")")},
		"03_slow":   {title("Slow"), code("%noautoget"), code("%%\nfmt.Println(\"begun\")\ntime.Sleep(time.Hour)")},
	} {
		nb := &notebook.Notebook{Path: filepath.Join(dir, notebooksDir, name+".ipynb"), Cells: cells}
		if err := os.MkdirAll(filepath.Dir(nb.Path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := nb.WriteFile(nb.Path); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	return dir
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// command runs the command line in this process.
func command(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&errs)
	err = root.ExecuteContext(t.Context())
	return out.String(), errs.String(), err
}

// interrupter keeps what is written to it and calls stop, once, when a text was.
type interrupter struct {
	text    strings.Builder
	after   string
	stop    func()
	stopped bool
}

func (w *interrupter) String() string { return w.text.String() }

func (w *interrupter) Write(p []byte) (int, error) {
	w.text.Write(p)
	if !w.stopped && strings.Contains(w.String(), w.after) {
		w.stopped = true
		w.stop()
	}
	return len(p), nil
}

// TestInterrupt stops the program as Ctrl-C does, in the middle of a cell.
func TestInterrupt(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the kernel")
	}
	checkout(t)
	tmp := t.TempDir()
	cmd := exec.Command(os.Args[0], "reproduce", "3", "0", "--jobs", "2")
	cmd.Env = append(os.Environ(), asProgram+"=1", "TMPDIR="+tmp)
	// When the first notebook has ended, the other one is in its cell, or soon will be.
	out := interrupter{after: "no verdicts", stop: func() { cmd.Process.Signal(os.Interrupt) }}
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	guard := time.AfterFunc(5*time.Minute, func() { cmd.Process.Kill() })
	defer guard.Stop()
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != interruptStatus {
		t.Errorf("exit status %d, want %d\n%s", code, interruptStatus, out.String())
	}
	if !strings.Contains(out.String(), "stopped; the report holds") {
		t.Errorf("printed\n%s", out.String())
	}
	b, err := os.ReadFile("report/index.html")
	if err != nil || !strings.Contains(string(b), "00_tour.html") || !strings.Contains(string(b), "stopped") {
		t.Errorf("index: %v\n%s", err, b)
	}
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}

func TestExitStatus(t *testing.T) {
	dir := checkout(t)
	for _, test := range []struct {
		args string
		code int
		want string
	}{
		{"--help", 0, "reproduce"},
		{"--version", 0, "pnclab version " + pnc.Version},
		{"reproduce --list", 0, "01_law"},
		{"reproduce 7", 1, "pnclab: no notebook"},
	} {
		cmd := exec.Command(os.Args[0], strings.Fields(test.args)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), asProgram+"=1")
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != test.code || !strings.Contains(string(out), test.want) {
			t.Errorf("%s: status %d, printed\n%s", test.args, code, out)
		}
	}
}
