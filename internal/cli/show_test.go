package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestShow(t *testing.T) {
	dir := checkout(t)
	path := filepath.Join(dir, notebooksDir, "00_tour.ipynb")
	out, _, err := command(t, "show", path)
	want := "// %% [markdown]\n# A tour\n\nAbstract.\n\n// %%\n%noautoget\n\n// %%\n%%\nfmt.Println(\"tour\")\n"
	if err != nil || out != want {
		t.Errorf("error %v, got\n%s, want\n%s", err, out, want)
	}
	damaged := filepath.Join(dir, "damaged.ipynb")
	write(t, damaged, "<<<<<<< HEAD\n")
	if _, _, err := command(t, "show", damaged); err == nil || !strings.HasPrefix(err.Error(), damaged+": not a notebook") {
		t.Errorf("damaged: error %v", err)
	}
	if out, _, err := command(t, "show", "--raw", damaged); err != nil || out != "<<<<<<< HEAD\n" {
		t.Errorf("damaged, raw: %q, %v", out, err)
	}
	if _, _, err := command(t, "show", "--raw", "none.ipynb"); !os.IsNotExist(err) {
		t.Errorf("missing: error %v", err)
	}
}

// TestGitDiff compares two versions of a notebook by the settings that the help names.
func TestGitDiff(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip(err)
	}
	dir := checkout(t)
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(git, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), asProgram+"=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	run("init", "-q")
	run("config", "diff.pnclab.textconv", "'"+os.Args[0]+"' show --raw")
	write(t, filepath.Join(dir, ".gitattributes"), "*.ipynb diff=pnclab\n")
	run("add", "-A")
	path := filepath.Join(dir, notebooksDir, "00_tour.ipynb")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, strings.ReplaceAll(string(b), `\"tour\"`, `\"detour\"`))
	out := run("diff")
	if !strings.Contains(out, "\n // %%\n %%\n-fmt.Println(\"tour\")\n+fmt.Println(\"detour\")\n") {
		t.Errorf("printed\n%s", out)
	}
}
