package cli

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestLab replaces jupyter by a program that prints its arguments and environment.
func TestLab(t *testing.T) {
	if testing.Short() {
		t.Skip("may build the kernel")
	}
	dir := checkout(t)
	bin := t.TempDir()
	write(t, filepath.Join(bin, "jupyter"), "#!/bin/sh\necho \"$@\"; pwd; echo \"$JUPYTER_PATH\"\n")
	if err := os.Chmod(filepath.Join(bin, "jupyter"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "lab", "--", "--port", "9999")
	cmd.Env = append(os.Environ(), asProgram+"=1", "PATH="+bin+":"+os.Getenv("PATH"), "JUPYTER_PATH=/theirs")
	b, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	lines = lines[len(lines)-3:]
	if lines[0] != "lab --port 9999" || lines[1] != filepath.Join(dir, notebooksDir) || !strings.HasSuffix(lines[2], ":/theirs") {
		t.Errorf("started with %q", lines)
	}
	spec, err := os.ReadFile(filepath.Join(strings.TrimSuffix(lines[2], ":/theirs"), "kernels", "gonb", "kernel.json"))
	if err != nil {
		t.Fatal(err)
	}
	var kernel struct {
		Argv []string
		Env  map[string]string
	}
	if err := json.Unmarshal(spec, &kernel); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(kernel.Argv, "-go_work="+dir) || !strings.HasSuffix(kernel.Env["PATH"], ":${PATH}") {
		t.Errorf("kernelspec %s", spec)
	}
}

func TestLabWithoutJupyter(t *testing.T) {
	checkout(t)
	t.Setenv("PATH", t.TempDir())
	if _, _, err := command(t, "lab"); err == nil || !strings.Contains(err.Error(), "pip install jupyterlab") {
		t.Errorf("error %v", err)
	}
}
