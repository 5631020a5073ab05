package cli

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestLab replaces jupyter by a program that prints its arguments and environment.
func TestLab(t *testing.T) {
	if testing.Short() {
		t.Skip("may build the kernel")
	}
	dir := checkout(t)
	bin := t.TempDir()
	write(t, filepath.Join(bin, "jupyter"), "#!/bin/sh\necho \"$@\"; pwd; echo \"$JUPYTER_PATH\"; echo \"$JUPYTER_CONFIG_PATH\"\n")
	if err := os.Chmod(filepath.Join(bin, "jupyter"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "lab", "--", "--port", "9999")
	cmd.Env = append(os.Environ(), asProgram+"=1", "PATH="+bin+":"+os.Getenv("PATH"), "JUPYTER_PATH=/theirs", "JUPYTER_CONFIG_PATH=/etc/theirs")
	b, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	lines = lines[len(lines)-4:]
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
	if !slices.Contains(kernel.Argv, "-go_work="+dir) || !strings.HasSuffix(kernel.Env["PATH"], ":${PATH}") || !slices.Contains(kernel.Argv, "-logtostderr=false") {
		t.Errorf("kernelspec %s", spec)
	}
	for _, name := range []string{"labconfig/default_setting_overrides.json", "jupyter_server_config.json"} {
		settings, err := os.ReadFile(filepath.Join(strings.TrimSuffix(lines[3], ":/etc/theirs"), name))
		if err != nil || !json.Valid(settings) {
			t.Errorf("%s: %s, %v", name, settings, err)
		}
	}
}

// TestLabEnds ends lab in two ways while a server runs, which asks to be told.
func TestLabEnds(t *testing.T) {
	if testing.Short() {
		t.Skip("may build the kernel")
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		checkout(t)
		bin := t.TempDir()
		write(t, filepath.Join(bin, "jupyter"), "#!/bin/sh\ntrap 'touch "+bin+"/told; exit' TERM\ntouch "+bin+"/up\nwhile true; do sleep 0.1; done\n")
		if err := os.Chmod(filepath.Join(bin, "jupyter"), 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0], "lab")
		cmd.Env = append(os.Environ(), asProgram+"=1", "PATH="+bin+":"+os.Getenv("PATH"))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		await(t, filepath.Join(bin, "up"))
		cmd.Process.Signal(sig)
		cmd.Wait()
		await(t, filepath.Join(bin, "told"))
	}
}

// await waits until a file is there.
func await(t *testing.T, path string) {
	t.Helper()
	for range 600 {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s did not appear", path)
}

func TestLabWithoutJupyter(t *testing.T) {
	checkout(t)
	t.Setenv("PATH", t.TempDir())
	if _, _, err := command(t, "lab"); err == nil || !strings.Contains(err.Error(), "pip install jupyterlab") {
		t.Errorf("error %v", err)
	}
}
