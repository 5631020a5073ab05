package playground

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Build compiles package pnc, in the checkout at root, to WebAssembly and returns the
// page that holds it. It needs the go command and takes seconds: 15 the first time,
// which fills Go's build cache, and 2 later.
func Build(ctx context.Context, root string) ([]byte, error) {
	module, err := compile(ctx, root)
	if err != nil {
		return nil, err
	}
	goroot, err := run(ctx, root, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	// Go's runtime in JavaScript belongs to the compiler that made the module.
	loader, err := os.ReadFile(filepath.Join(strings.TrimSpace(goroot), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return nil, fmt.Errorf("playground: %w", err)
	}
	return assemble(module, string(loader))
}

// Root returns the checkout from whose source the running program was compiled, for
// programs that may run anywhere.
func Root() (string, error) {
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Dir(filepath.Dir(filepath.Dir(file)))
	if _, err := os.Stat(filepath.Join(root, "internal", "playground", "wasm", "main.go")); err != nil {
		return "", errors.New("the source of pnclab, from which the page is compiled, is not where it was when this program was")
	}
	return root, nil
}

// notInlined are packages without any of the computation, whose functions are not inlined:
// it makes the compressed module one per cent smaller.
var notInlined = []string{"context", "fmt", "internal/strconv", "os", "reflect", "strconv", "syscall/js", "time"}

// compile returns the module, compressed.
func compile(ctx context.Context, root string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "pnclab-playground-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "playground.wasm")
	args := []string{"build", "-trimpath", "-ldflags=-s -w", "-o", file}
	for _, p := range notInlined {
		args = append(args, "-gcflags="+p+"=-l")
	}
	if _, err := run(ctx, root, append(args, "./internal/playground/wasm")...); err != nil {
		return nil, err
	}
	module, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(module); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// run runs the go command for WebAssembly in root and returns what it prints.
func run(ctx context.Context, root string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOWORK=off", "GOFLAGS=-buildvcs=false")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("the go command is not on PATH: install Go from https://go.dev/dl and try again")
	case errors.As(err, &exit):
		return "", fmt.Errorf("go %s: %s", args[0], strings.TrimSpace(string(exit.Stderr)))
	}
	return string(out), err
}
