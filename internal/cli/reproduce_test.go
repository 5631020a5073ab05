package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pnclab/internal/notebook"
	"pnclab/internal/notebook/report"
)

func TestPaperTakesItsTime(t *testing.T) {
	for _, c := range []struct {
		preset string
		params map[string]string
		want   bool
	}{
		{"", nil, false},
		{"quick", nil, false},
		{"paper", nil, true},
		{"", map[string]string{"preset": `"paper"`}, true},
		{"", map[string]string{"preset": "paper"}, true},
		{"paper", map[string]string{"preset": "quick"}, false},
	} {
		if got := isPaper(c.preset, c.params); got != c.want {
			t.Errorf("isPaper(%q, %v) = %v, want %v", c.preset, c.params, got, c.want)
		}
	}
}

func TestSelect(t *testing.T) {
	dir := checkout(t)
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "00_tour 01_law 02_broken 03_slow"},
		{[]string{"1"}, "01_law"},
		{[]string{"01"}, "01_law"},
		{[]string{"3", "0"}, "00_tour 03_slow"},
		{[]string{"law", "law", "01_l"}, "01_law"},
		{[]string{"notebooks/02_broken.ipynb"}, "02_broken"},
	} {
		notebooks, err := selectNotebooks(dir, test.args)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, nb := range notebooks {
			names = append(names, nb.Name())
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%q: got %s, want %s", test.args, got, test.want)
		}
	}
}

// TestSelectInBrackets has a checkout whose path is a pattern.
func TestSelectInBrackets(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a [1] b")
	if err := os.MkdirAll(filepath.Join(dir, notebooksDir), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := selectNotebooks(dir, nil); err == nil || !strings.HasPrefix(err.Error(), "there are no notebooks in "+dir) {
		t.Errorf("without notebooks: %v", err)
	}
	write(t, filepath.Join(dir, notebooksDir, "00_x.ipynb"), `{"nbformat": 4, "cells": []}`)
	if found, err := selectNotebooks(dir, nil); err != nil || len(found) != 1 {
		t.Errorf("found %v, %v", found, err)
	}
}

func TestList(t *testing.T) {
	checkout(t)
	out, _, err := command(t, "reproduce", "--list", "0", "1")
	want := `00_tour  A tour
01_law  The law
    preset  = "quick"   // quick or paper
    verdict = "pass"
    seeds   = 3
`
	if err != nil || out != want {
		t.Errorf("error %v, got\n%s, want\n%s", err, out, want)
	}
}

func TestStripCommand(t *testing.T) {
	dir := checkout(t)
	path := filepath.Join(dir, notebooksDir, "00_tour.ipynb")
	nb, err := notebook.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	stored, _ := os.ReadFile(path)
	nb.Cells[1].Count = 3
	nb.Cells[1].Outputs = []*notebook.Output{{Type: notebook.Stream, Name: "stdout", Text: "x"}}
	if err := nb.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"outputs removed from 1 notebook\n", "outputs removed from 0 notebooks\n"} {
		if out, _, err := command(t, "reproduce", "--strip"); err != nil || !strings.HasSuffix(out, want) {
			t.Errorf("got %q, %v, want %q", out, err, want)
		}
	}
	if now, _ := os.ReadFile(path); !bytes.Equal(now, stored) {
		t.Errorf("not as stored:\n%s", now)
	}
}

func TestBadInput(t *testing.T) {
	dir := checkout(t)
	write(t, filepath.Join(dir, notebooksDir, "09_cut.ipynb"), `{"cells": [`)
	write(t, filepath.Join(dir, "file"), "")
	for _, test := range []struct {
		args string
		want string
	}{
		{"reproduce 7", `no notebook "7"; there are: 00_tour, 01_law, 02_broken, 03_slow, 09_cut`},
		{"reproduce nothing", `no notebook "nothing"`},
		{"reproduce 09", "09_cut.ipynb: the file is truncated; restore it with git"},
		{"reproduce 0 1 -p seed=3", "no parameter seed: 00_tour has none; 01_law has preset, verdict, seeds"},
		{"reproduce 0 -p seeds=3", "no parameter seeds: 00_tour has none"},
		{"reproduce 1 -p seeds", "-p seeds: not of the form name=value"},
		{"reproduce 1 -p =3", "-p =3: not of the form name=value"},
		{"reproduce 1 -p seeds=many", `01_law.ipynb: parameter seeds: "many" is not a whole number`},
		{"reproduce 1 --preset fast", "--preset fast: the presets are quick and paper"},
		{"reproduce 1 --jobs 0", "--jobs 0"},
		{"reproduce 1 --timeout -1s", "--timeout -1s"},
		{"reproduce 1 --out file", "file"},
		{"reproduce --nonsense", "unknown flag: --nonsense"},
		{"nonsense", `unknown command "nonsense"`},
	} {
		_, _, err := command(t, strings.Fields(test.args)...)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(strings.TrimSpace(err.Error()), "\n") && !strings.HasPrefix(test.want, "unknown command") {
			t.Errorf("%s: error %v, want one line with %q", test.args, err, test.want)
		}
	}
	t.Chdir(t.TempDir())
	if _, _, err := command(t, "reproduce"); err == nil || !strings.Contains(err.Error(), "is not inside a clone of pnclab") {
		t.Errorf("outside: %v", err)
	}
}

func TestReproduce(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the kernel")
	}
	dir := checkout(t)
	// In place of a browser.
	openers[runtime.GOOS] = []string{"sh", "-c", "echo \"$1\" > '" + filepath.Join(dir, "opened") + "'", "sh"}
	t.Cleanup(func() { delete(openers, runtime.GOOS) })
	out, errs, err := command(t, "reproduce", "--open", "0", "1", "2", "-p", "seeds=4", "--preset", "paper", "--jobs", "2", "--out", "rep")
	if err != errReported {
		t.Errorf("error %v\n%s%s", err, out, errs)
	}
	for _, want := range []string{"00_tour  cell 2/2", "1 pass", "\n2 of 3 notebooks in "} {
		if !strings.Contains(filepath.ToSlash(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	index, err := filepath.Abs(filepath.Join("rep", "index.html"))
	if err != nil || !strings.HasSuffix(out, "\nopen "+index+" in a browser\n") {
		t.Errorf("the last line does not name %s:\n%s", index, out)
	}
	if opened, err := os.ReadFile("opened"); err != nil || string(opened) != index+"\n" {
		t.Errorf("opened %s, %v, want %s", opened, err, index)
	}
	if want := "failed: 02_broken, cell [2]: panic: on purpose\n    line 2: panic(\"on purpose\")\n"; errs != want {
		t.Errorf("got %q, want %q", errs, want)
	}
	results, err := report.ReadResults("rep")
	if err != nil {
		t.Fatal(err)
	}
	if rows := results.Rows; len(rows) != 1 || *rows[0].Measured != 4 || rows[0].Preset != "paper" || rows[0].Notebook != "01_law" {
		t.Errorf("results %v", rows)
	}
	if out, _, err := command(t, "diff", "rep", "rep"); err != nil || out != "1 identical, 0 explained by their tolerance, 0 moved, 0 verdicts changed, 0 in one report only\n" {
		t.Errorf("a report against itself: %v\n%s", err, out)
	}
	for _, name := range []string{"index.html", "playground.html", "00_tour.html", "00_tour.ipynb", "02_broken.html", "02_broken.ipynb"} {
		if _, err := os.Stat(filepath.Join("rep", name)); err != nil {
			t.Error(err)
		}
	}
	nb, err := notebook.Read("notebooks/01_law.ipynb")
	if err != nil || nb.Strip() || len(nb.Cells) != 4 {
		t.Errorf("the notebook itself changed: %v", err)
	}

	_, errs, err = command(t, "reproduce", "1", "-p", "verdict=fail")
	if want := "fail: 01_law: seeds, predicted 3, measured 3\n"; err != errReported || errs != want {
		t.Errorf("failed verdict: error %v, got %q, want %q", err, errs, want)
	}
	_, errs, err = command(t, "reproduce", "3", "--timeout", "1s")
	if want := "failed: 03_slow, cell [2]: stopped, since it neither printed nor computed anything for 1s (--timeout)\n    the cell begins: fmt.Println(\"begun\")\n"; err != errReported || errs != want {
		t.Errorf("timeout: error %v, got %q, want %q", err, errs, want)
	}
}

func TestOpenFails(t *testing.T) {
	t.Cleanup(func() { delete(openers, runtime.GOOS) })
	for _, command := range []string{"false", filepath.Join(t.TempDir(), "none")} {
		openers[runtime.GOOS] = []string{command}
		if err := openFile("index.html"); err == nil || !strings.HasPrefix(err.Error(), "index.html cannot be opened from here: ") {
			t.Errorf("%s: error %v", command, err)
		}
	}
}

// TestForeignModule runs a notebook below a workspace that does not list the checkout,
// with flags of the user for another module.
func TestForeignModule(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the kernel")
	}
	dir := checkout(t)
	write(t, filepath.Join(filepath.Dir(dir), "go.work"), "go 1.26.0\n")
	for _, flags := range []string{"-mod=mod", "-mod=vendor"} {
		t.Setenv("GOFLAGS", flags)
		if out, errs, err := command(t, "reproduce", "0"); err != nil || !strings.Contains(out, "\n1 of 1 notebook in ") {
			t.Errorf("%s: %v\n%s%s", flags, err, out, errs)
		}
	}
}

// TestNoRoom has folders for the report on a file system that is full, and where there is
// none: that is said in one line, before anything runs, and no page is named.
func TestNoRoom(t *testing.T) {
	checkout(t)
	full := t.TempDir()
	if runtime.GOOS == "linux" && exec.Command("mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", full).Run() == nil {
		t.Cleanup(func() { exec.Command("umount", full).Run() })
		out, _, err := command(t, "reproduce", "0", "--out", full)
		want := "the report in " + full + " is not complete: no space left on device; make room there, or choose another folder with --out"
		if err == nil || err.Error() != want || out != "" {
			t.Errorf("error %v, want %s; printed %q", err, want, out)
		}
		if files, _ := filepath.Glob(filepath.Join(full, ".*")); len(files) > 0 {
			t.Errorf("%v is left", files)
		}
		for _, name := range []string{"index.html", "results.json"} {
			if info, err := os.Stat(filepath.Join(full, name)); err == nil && info.Size() == 0 {
				t.Errorf("%s is empty", name)
			}
		}
	} else {
		t.Log("no file system can be mounted here, so that none is full")
	}
	write(t, "file", "")
	if out, _, err := command(t, "reproduce", "0", "--out", filepath.Join("file", "report")); err == nil || out != "" ||
		!strings.HasSuffix(err.Error(), "is not complete: not a directory; choose another folder with --out") {
		t.Errorf("in a file: error %v, printed %q", err, out)
	}
	if _, _, err := command(t, "reproduce", "--output-limit", "0"); err == nil || !strings.HasPrefix(err.Error(), "--output-limit 0: must be at least 1") {
		t.Errorf("no output: %v", err)
	}
}

// TestShare divides processors among the notebooks that run.
func TestShare(t *testing.T) {
	for _, test := range []struct{ processors, jobs, left, want int }{
		{2, 2, 12, 1}, {2, 2, 1, 2}, {2, 1, 12, 2}, {1, 2, 12, 1}, {8, 2, 3, 4}, {8, 3, 3, 2}, {4, 8, 12, 1}, {4, 2, 0, 4},
	} {
		if got := share(test.processors, test.jobs, test.left); got != test.want {
			t.Errorf("share(%d, %d, %d) = %d, want %d", test.processors, test.jobs, test.left, got, test.want)
		}
	}
}

func TestInTurn(t *testing.T) {
	for _, test := range []struct {
		n, jobs int
		want    []int
	}{{5, 1, []int{0, 1, 2, 3, 4}}, {5, 2, []int{0, 2, 4, 1, 3}}, {4, 3, []int{0, 2, 1, 3}}, {1, 2, []int{0}}} {
		if got := inTurn(test.n, test.jobs); !slices.Equal(got, test.want) {
			t.Errorf("inTurn(%d, %d) = %v, want %v", test.n, test.jobs, got, test.want)
		}
	}
}
