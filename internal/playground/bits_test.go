package playground

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	// TestSameBits builds it in a process of its own; the import tells the test cache.
	_ "pnclab/internal/playground/session"
)

// TestSameBits demands that native code without assembly and WebAssembly give the same
// bits of everything the page shows: it runs the library and nothing like it.
func TestSameBits(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("on this processor the compiler fuses operations, which changes last bits")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("no node to run WebAssembly in: native and WebAssembly are not compared")
	}
	dir := t.TempDir()
	native, module := filepath.Join(dir, "bits"), filepath.Join(dir, "bits.wasm")
	goTool(t, []string{"GOAMD64=v1"}, "build", "-tags", "noasm", "-o", native, "./bits")
	goTool(t, []string{"GOOS=js", "GOARCH=wasm"}, "build", "-o", module, "./bits")
	root := strings.TrimSpace(goTool(t, nil, "env", "GOROOT"))
	want := output(t, exec.Command(native))
	got := output(t, exec.Command("node", "--stack-size=8192", filepath.Join(root, "lib", "wasm", "wasm_exec_node.js"), module))
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	if len(a) != len(b) || len(a) < 10 {
		t.Fatalf("native printed %d lines, WebAssembly %d:\n%s\n%s", len(a), len(b), want, got)
	}
	for i := range a {
		if a[i] != b[i] {
			t.Errorf("native      %s\nWebAssembly %s", a[i], b[i])
		}
	}
}

// goTool runs the go command in this folder.
func goTool(t *testing.T, env []string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), env...)
	return output(t, cmd)
}

func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.Output()
	if err != nil {
		var text string
		if exit, ok := err.(*exec.ExitError); ok {
			text = string(exit.Stderr)
		}
		t.Fatalf("%s: %v\n%s", cmd, err, text)
	}
	return string(out)
}
