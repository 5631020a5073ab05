package notebook

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pnclab/pnc"
)

// options returns the options for an execution in this checkout. It skips short tests,
// which do not run the kernel.
func options(t *testing.T) Options {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the kernel")
	}
	root, err := FindRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	tools, err := EnsureTools(t.Context(), root, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t) // nothing left over from another test
	t.Cleanup(func() { goleak.VerifyNone(t) })
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Cleanup(func() {
		if left, _ := os.ReadDir(tmp); len(left) > 0 {
			t.Errorf("temporary files are left: %v", left)
		}
	})
	return Options{Tools: tools, Root: root, Dir: filepath.Join(root, "notebooks"), Timeout: time.Minute}
}

// cells returns a notebook of code cells, of which the first sets up the kernel.
func cells(sources ...string) *Notebook {
	nb := &Notebook{Path: "test.ipynb", Metadata: map[string]any{}}
	for _, s := range append([]string{"%noautoget"}, sources...) {
		nb.Cells = append(nb.Cells, &Cell{Type: Code, Source: s, Metadata: map[string]any{}})
	}
	return nb
}

func TestExecute(t *testing.T) {
	opt := options(t)
	nb, err := Read("testdata/tour.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	if err := nb.Inject(map[string]string{"side": "2", "preset": "paper"}); err != nil {
		t.Fatal(err)
	}
	var ended int
	var latest []string
	opt.Progress = func(p Progress) {
		if p.Done {
			ended++
		}
		if p.Cells != 7 || p.Cell < 1 || p.Cell > 7 {
			t.Errorf("progress %+v", p)
		}
		latest = append(latest, p.Latest)
	}
	run := Execute(t.Context(), nb, opt)
	if run.Err != nil {
		t.Fatal(run.Err)
	}
	if ended != 7 || len(run.CellTimes) != 7 {
		t.Errorf("%d cells ended, %d times, want 7", ended, len(run.CellTimes))
	}
	if !slices.Contains(latest, "area 4 with preset paper") {
		t.Errorf("progress showed %q", latest)
	}
	code := nb.CodeCells()
	for i, c := range code {
		if c.Count != i+1 {
			t.Errorf("cell %d has count %d", i+1, c.Count)
		}
	}
	if o := code[4].Outputs; len(o) != 1 || o[0].Name != "stdout" || o[0].Text != "area 4 with preset paper\n" {
		t.Errorf("stream: %+v", o)
	}
	o := code[5].Outputs
	if len(o) != 2 || o[1].Data["text/html"] != "<b>done</b>" {
		t.Fatalf("displays: %+v", o)
	}
	raw, err := base64.StdEncoding.DecodeString(o[0].Data["image/png"].(string))
	if err != nil {
		t.Fatal(err)
	}
	if m, err := png.Decode(bytes.NewReader(raw)); err != nil || m.Bounds().Dx() != 40 {
		t.Errorf("picture: %v, %v", m, err)
	}
	if v := run.Verdicts; len(v) != 1 || v[0].Preset != "paper" || v[0].Data != "one square" || len(v[0].Rows) != 1 ||
		v[0].Rows[0].Verdict != pnc.Pass || v[0].Rows[0].Quantity != "area" {
		t.Errorf("verdicts: %+v", v)
	}
	// What is stored is what the kernel says, but for the version.
	says := object(nb.Metadata["language_info"])
	stored := storedLanguage()
	if v, _ := says["version"].(string); !strings.HasPrefix(v, "go1.") {
		t.Errorf("version %v", says["version"])
	}
	stored["version"] = says["version"]
	if !reflect.DeepEqual(says, stored) {
		t.Errorf("the kernel describes its language as %v, stored is %v", says, stored)
	}
}

func TestCellErrors(t *testing.T) {
	opt := options(t)
	for _, test := range []struct {
		name  string
		cells []string
		want  string
	}{
		{"compile", []string{"func f() int {\n\treturn nothing\n}"}, "test, cell [2]: undefined: nothing\n    line 2: return nothing"},
		{"syntax", []string{"%%\nfmt.Println(\"x\""}, "test, cell [2]: missing ',' before newline in argument list"},
		{"import", []string{"import \"example.org/no/such\"\n\n%%\nsuch.Do()"}, "test, cell [2]: no required module provides package example.org/no/such\n    line 1:"},
		{"panic", []string{"func at(i int) int {\n\tvar a []int\n\treturn a[i]\n}", "%%\nfmt.Println(at(3))"},
			"test, cell [3]: panic: runtime error: index out of range [3] with length 0\n    cell [2], line 3: return a[i]"},
		{"fatal", []string{"%%\nlog.Fatal(\"no data\")"}, "test, cell [2]: no data\n    the cell begins: log.Fatal(\"no data\")"},
		{"exit", []string{"%%\nos.Exit(3)"}, "test, cell [2]: exit status 3\n"},
	} {
		run := Execute(t.Context(), cells(append(test.cells, "%%\nfmt.Println(1)")...), opt)
		var e *CellError
		if !errors.As(run.Err, &e) || !strings.HasPrefix(e.Error(), test.want) {
			t.Errorf("%s: error %q, want %q", test.name, run.Err, test.want)
		}
		if last := run.Notebook.Cells[len(run.Notebook.Cells)-1]; last.Count != 0 {
			t.Errorf("%s: went on behind the error", test.name)
		}
	}
}

func TestRaisesException(t *testing.T) {
	opt := options(t)
	nb := cells("%%\npanic(\"expected\")", "%%\nfmt.Println(\"after\")")
	nb.Cells[1].Metadata["tags"] = []any{"raises-exception"}
	run := Execute(t.Context(), nb, opt)
	if run.Err != nil {
		t.Fatal(run.Err)
	}
	if o := nb.Cells[2].Outputs; len(o) != 1 || o[0].Text != "after\n" {
		t.Errorf("outputs behind the expected error: %+v", o)
	}
}

func TestInjectedErrorNamesParameter(t *testing.T) {
	opt := options(t)
	nb := cells("var net = 1.5 * 2")
	nb.Cells[1].Metadata["tags"] = []any{"parameters"}
	nb.Cells[1].Source = "var (\n\tn   = len(\"abc\")\n\tnet = n + 1\n)"
	if err := nb.Inject(map[string]string{"n": "4", "net": "width * 2"}); err != nil {
		t.Fatal(err)
	}
	run := Execute(t.Context(), nb, opt)
	if want := "test, cell [3]: parameter net: undefined: width\n    line 2: var net = width * 2"; run.Err == nil || run.Err.Error() != want {
		t.Errorf("error %q, want %q", run.Err, want)
	}
}

func TestTimeout(t *testing.T) {
	opt := options(t)
	opt.Timeout = 2 * time.Second
	nb := cells("%%\nfmt.Println(\"begun\")\ntime.Sleep(time.Hour)")
	run := Execute(t.Context(), nb, opt)
	if run.Err == nil || !strings.Contains(run.Err.Error(), "cell [2]: stopped, since it neither printed nor computed anything for 2s (--timeout)") {
		t.Errorf("error %v", run.Err)
	}
	if o := nb.Cells[1].Outputs; len(o) == 0 || o[0].Text != "begun\n" {
		t.Errorf("outputs of the interrupted cell: %+v", o)
	}
}

// TestWorkIsNotSilence has cells that take longer than the limit, one of which computes
// and one prints.
func TestWorkIsNotSilence(t *testing.T) {
	opt := options(t)
	opt.Timeout = 2 * time.Second
	run := Execute(t.Context(), cells("%%\nfor began := time.Now(); time.Since(began) < 5*time.Second; {\n}",
		"%%\nfor i := range 10 {\n\tfmt.Println(i)\n\ttime.Sleep(time.Second / 2)\n}"), opt)
	if run.Err != nil {
		t.Error(run.Err)
	}
}

// TestStop presses the stop button while cells train: with a context that the button
// cancels, and without.
func TestStop(t *testing.T) {
	opt := options(t)
	nb := cells("import (\n\t\"context\"\n\t\"os/signal\"\n\n\t\"pnclab/plotting\"\n\t\"pnclab/pnc\"\n)",
		`func train(ctx context.Context) {
	plotting.Show("begun")
	pnc.Must(pnc.Experiment{Data: pnc.NearlyOrthonormal{Classes: 3, PerClass: 20, Dim: 64, Noise: 1}, Net: pnc.Linear(6, 64),
		Init: pnc.Orthogonal(0.3), Train: pnc.Settings{LearningRate: 1e-9, Epochs: 1 << 40, Method: pnc.Full}}.Run(ctx))
}`,
		"%%\nctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)\ndefer stop()\ntrain(ctx)",
		"%%\ntrain(context.Background())")
	t.Setenv("PNC_CACHE", "off")
	k, err := startKernel(t.Context(), opt.Tools, opt.Root, opt.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer k.close()
	s := &session{kernel: k, displays: displays{}, collectors: map[string]*collector{}}
	for i, c := range nb.Cells {
		id := randomID()
		out := newCollector(c, s.displays, DefaultOutputLimit)
		s.collectors[id] = out
		pressed := false
		reply, err := k.request(t.Context(), id, "execute_request", map[string]any{
			"code": c.Source, "silent": false, "store_history": true, "user_expressions": struct{}{}, "allow_stdin": false, "stop_on_error": true,
		}, func(m message) {
			s.dispatch(m)
			if !pressed && len(c.Outputs) > 0 {
				pressed = true
				k.interrupt()
			}
		})
		s.finish()
		if err != nil || reply.text("status") != "ok" {
			t.Fatalf("cell %d: %v, %v, %+v", i, err, reply.content, c.Outputs)
		}
		if i < 3 {
			continue
		}
		last := c.Outputs[len(c.Outputs)-1]
		if !pressed || last.Name != "stdout" || !strings.HasSuffix(last.Text, "stopped\n") || strings.Count(last.Text, "\n") > 2 {
			t.Errorf("cell %d: the button was pressed: %v, last output %+v", i, pressed, last)
		}
		for _, o := range c.Outputs {
			if o.Name == "stderr" || o.Type == ErrorOutput {
				t.Errorf("cell %d: %+v", i, o)
			}
		}
	}
}

func TestCancel(t *testing.T) {
	opt := options(t)
	ctx, cancel := context.WithCancel(t.Context())
	opt.Progress = func(p Progress) {
		if p.Latest == "begun" {
			cancel()
		}
	}
	run := Execute(ctx, cells("%%\nfmt.Println(\"begun\")\ntime.Sleep(time.Hour)"), opt)
	if !errors.Is(run.Err, context.Canceled) {
		t.Errorf("error %v, want %v", run.Err, context.Canceled)
	}
	if run := Execute(ctx, cells("%%"), opt); !errors.Is(run.Err, context.Canceled) {
		t.Errorf("begun after the end: error %v, want %v", run.Err, context.Canceled)
	}
}

func TestKernelDies(t *testing.T) {
	opt := options(t)
	run := Execute(t.Context(), cells("%%\nfmt.Println(\"begun\")\nsyscall.Kill(os.Getppid(), syscall.SIGKILL)\ntime.Sleep(time.Hour)"), opt)
	if run.Err == nil || !strings.Contains(run.Err.Error(), "cell [2]: the kernel died (signal: killed)") {
		t.Errorf("error %v", run.Err)
	}
}

func TestKernelDoesNotStart(t *testing.T) {
	opt := options(t)
	for _, test := range []struct{ gonb, want string }{
		{filepath.Join(opt.Tools.Dir, "none"), "starting the kernel: "},
		{"/bin/false", "starting the kernel: the kernel died (exit status 1)"},
	} {
		opt := opt
		opt.Tools.Gonb = test.gonb
		if run := Execute(t.Context(), cells(), opt); run.Err == nil || !strings.Contains(run.Err.Error(), test.want) {
			t.Errorf("%s: error %v", test.gonb, run.Err)
		}
	}
	t.Setenv("PATH", t.TempDir()) // no go command there
	if run := Execute(t.Context(), cells(), opt); run.Err == nil || !strings.Contains(run.Err.Error(), errNoGo.Error()) {
		t.Errorf("without go: error %v", run.Err)
	}
}

// TestDir checks that the kernel runs in the notebook's folder.
func TestDir(t *testing.T) {
	opt := options(t)
	opt.Dir = ""
	nb := cells("%%\ndir, err := os.Getwd()\nfmt.Println(dir, err, os.Getenv(\"GONB_DIR\"))")
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	nb.Path = filepath.Join(dir, "test.ipynb")
	if run := Execute(t.Context(), nb, opt); run.Err != nil {
		t.Fatal(run.Err)
	}
	if want := dir + " <nil> " + dir + "\n"; nb.Cells[1].Outputs[0].Text != want {
		t.Errorf("ran in %q, want %q", nb.Cells[1].Outputs[0].Text, want)
	}
}

// TestTCP has a temporary folder whose path is too long for a Unix socket.
func TestTCP(t *testing.T) {
	opt := options(t)
	long := filepath.Join(t.TempDir(), strings.Repeat("x", maxSocketPath))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", long)
	nb := cells("%%\nfmt.Println(\"over TCP\")")
	if run := Execute(t.Context(), nb, opt); run.Err != nil {
		t.Fatal(run.Err)
	}
	if o := nb.Cells[1].Outputs; len(o) != 1 || o[0].Text != "over TCP\n" {
		t.Errorf("outputs %+v", o)
	}
}

// TestSeveralAtOnce also checks that the checkout is not changed.
func TestSeveralAtOnce(t *testing.T) {
	opt := options(t)
	before := listing(t, opt.Root)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			nb := cells("!*test -f go.work || go work init . \"${GONB_DIR}/..\"", "import \"pnclab/pnc\"\n\nvar _ *pnc.Dataset", "%%\nfmt.Println(\"ok\")")
			if run := Execute(t.Context(), nb, opt); run.Err != nil {
				t.Error(run.Err)
			} else if o := nb.Cells[3].Outputs; len(o) != 1 || o[0].Text != "ok\n" {
				t.Errorf("outputs %+v", o)
			}
		})
	}
	wg.Wait()
	if after := listing(t, opt.Root); !slices.Equal(before, after) {
		t.Errorf("the checkout changed from %v to %v", before, after)
	}
}

// TestSetupAlone runs the first cell of a notebook as GoNB alone does, without the flag
// that names the checkout, in a clone whose path has spaces and brackets.
func TestSetupAlone(t *testing.T) {
	opt := options(t)
	nb, err := Read(filepath.Join(opt.Root, "notebooks", "00_quick_tour.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	clone, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	clone = filepath.Join(clone, "a clone [1]")
	opt.Root, opt.Dir = "", filepath.Join(clone, "notebooks")
	for file, text := range map[string]string{"go.mod": "module pnclab\n\ngo 1.26\n", "pnc/pnc.go": "package pnc\n", "notebooks/x": ""} {
		file = filepath.Join(clone, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	nb = cells(nb.CodeCells()[0].Source, "!*go list -f '{{.Dir}}' pnclab/pnc")
	run := Execute(t.Context(), nb, opt)
	want := filepath.Join(clone, "pnc") + "\n"
	if o := nb.Cells[2].Outputs; run.Err != nil || len(o) != 1 || o[0].Text != want {
		t.Errorf("error %v, outputs %+v, want %s", run.Err, o, want)
	}
}

func listing(t *testing.T, root string) []string {
	t.Helper()
	var names []string
	for _, dir := range []string{root, filepath.Join(root, "notebooks")} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	return names
}

// TestCellProgress has a cell that tells how far it is: for whoever waits for it, not in
// its output.
func TestCellProgress(t *testing.T) {
	opt := options(t)
	var latest []string
	opt.Progress = func(p Progress) { latest = append(latest, p.Latest) }
	nb := cells("import (\n\t\"time\"\n\n\t\"pnclab/plotting\"\n\t\"pnclab/pnc\"\n)", `%%
for i := range 3 {
	time.Sleep(300 * time.Millisecond)
	pnc.Notify(pnc.Progress{Task: "sweep", Done: int64(i + 1), Total: 4, Unit: "experiments", Elapsed: time.Duration(i+2) * time.Second})
}
plotting.Show("done")`)
	if run := Execute(t.Context(), nb, opt); run.Err != nil {
		t.Fatal(run.Err)
	}
	for _, want := range []string{"sweep: 2 of 4 experiments, 1.5 s each, 3s left", "sweep: 3 of 4 experiments, 1.33 s each, 1s left"} {
		if !slices.Contains(latest, want) {
			t.Errorf("told %q, want %q", latest, want)
		}
	}
	if o := nb.CodeCells()[2].Outputs; len(o) == 0 || o[0].Text != "sweep …\n" || slices.ContainsFunc(o, func(o *Output) bool { return o.Data[pnc.ProgressMIME] != nil }) {
		t.Errorf("outputs %+v", o)
	}
}

// TestCellDownload lets a cell download through a proxy that has another file: what cells
// are linked with cannot download, so that the program beside them has done it.
func TestCellDownload(t *testing.T) {
	opt := options(t)
	var mu sync.Mutex
	requests := map[string]bool{}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		requests[r.URL.Host] = true
		io.WriteString(w, "a page to log in")
	}))
	defer proxy.Close()
	compiled, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOCACHE", strings.TrimSpace(string(compiled)))
	for name, value := range map[string]string{"http_proxy": proxy.URL, "https_proxy": "http://localhost:1", "PNC_OFFLINE": "", "PNC_DATA": "", "XDG_CACHE_HOME": t.TempDir()} {
		t.Setenv(name, value)
	}
	nb := cells("import (\n\t\"context\"\n\t\"fmt\"\n\n\t\"pnclab/pnc\"\n)", "%%\nfmt.Println(pnc.Download(context.Background(), \"fashion-mnist\", nil))",
		"%%\nctx, cancel := context.WithCancel(context.Background())\ncancel()\nfmt.Println(pnc.Download(ctx, \"fashion-mnist\", nil))")
	if run := Execute(t.Context(), nb, opt); run.Err != nil {
		t.Fatal(run.Err)
	}
	if len(requests) != 1 {
		t.Errorf("requests to %v, want one host", requests)
	}
	for i, want := range []string{"fashion-mnist: train-images-idx3-ubyte.gz could not be downloaded: raw.githubusercontent.com", "fashion-mnist: train-images-idx3-ubyte.gz could not be downloaded: context canceled;"} {
		out := nb.CodeCells()[i+2].Outputs
		if len(out) != 1 || !strings.HasPrefix(out[0].Text, want) || strings.Count(out[0].Text, "\n") != 1 {
			t.Errorf("got %+v, want %q", out, want)
		}
	}
}

func TestEnsureToolsErrors(t *testing.T) {
	root, err := FindRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := EnsureTools(t.Context(), t.TempDir(), io.Discard); err == nil || !strings.Contains(err.Error(), "go.sum") {
		t.Errorf("outside the checkout: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := EnsureTools(t.Context(), root, io.Discard); err == nil || !strings.Contains(err.Error(), "the go command is not on PATH") {
		t.Errorf("without go: %v", err)
	}
}

// TestToolsSources compares the folders whose sources the tools are known by with those that
// the go command compiles them from.
func TestToolsSources(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", cellgoPackage, downloadPackage).Output()
	if err != nil {
		t.Fatal(commandError(err))
	}
	var want []string
	for _, path := range strings.Fields(string(out)) {
		if folder, own := strings.CutPrefix(path, modulePath+"/"); own {
			want = append(want, folder)
		}
	}
	got := append([]string{"internal/notebook/cellgo", "internal/process"}, downloadFolders...)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("hashed are %q, compiled %q", got, want)
	}
}

// TestGoFlags checks that flags about the user's own module do not reach cells, whose
// module is another, nor the build of the tools.
func TestGoFlags(t *testing.T) {
	t.Setenv("GOENV", "off")
	for _, test := range []struct{ flags, want string }{
		{"", "-ldflags=-s"},
		{"-mod=mod", "-ldflags=-s"},
		{"-mod=vendor -trimpath --modfile=other.mod", "-trimpath -ldflags=-s"},
		{"-ldflags=-w -modcacherw", "-ldflags=-w -modcacherw"},
	} {
		t.Setenv("GOFLAGS", test.flags)
		if _, got, err := goEnv(t.Context(), "."); err != nil || got != test.want {
			t.Errorf("%q became %q, %v, want %q", test.flags, got, err, test.want)
		}
	}
}

func TestFindRoot(t *testing.T) {
	if _, err := FindRoot(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not inside a clone of pnclab") {
		t.Errorf("outside: %v", err)
	}
	root, err := FindRoot("testdata")
	if err != nil || !isFile(filepath.Join(root, "main.go")) && !isFile(filepath.Join(root, "go.mod")) {
		t.Errorf("root %s, %v", root, err)
	}
}
