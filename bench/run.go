package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// bench builds and runs benchmarks.
type bench struct {
	ctx    context.Context
	rounds int
	python string
	dir    string            // for test binaries
	built  map[string]string // test binaries by package and tags
}

func newBench(ctx context.Context, rounds int, python string) (*bench, error) {
	dir, err := os.MkdirTemp("", "pnclab-bench")
	if err != nil {
		return nil, err
	}
	return &bench{ctx, rounds, python, dir, map[string]string{}}, nil
}

func (b *bench) close() { os.RemoveAll(b.dir) }

// result is one line of benchmark output: its values by unit.
type result struct {
	name   string
	values map[string]float64
}

// goBench runs the benchmarks of a package that match a pattern, for the given
// duration or number of iterations ("2s", "25x").
func (b *bench) goBench(pkg, tags, pattern, benchtime string, env ...string) ([]result, error) {
	key := pkg + " " + tags
	if b.built[key] == "" {
		binary := filepath.Join(b.dir, strconv.Itoa(len(b.built))+".test")
		out, err := exec.CommandContext(b.ctx, "go", "test", "-c", "-tags", tags, "-o", binary, pkg).CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("building the benchmarks of %s with the tags %q: %w\n%s", pkg, tags, err, out)
		}
		b.built[key] = binary
	}
	cmd := exec.CommandContext(b.ctx, b.built[key], "-test.run", "^$", "-test.bench", pattern, "-test.benchtime", benchtime, "-test.timeout", "1h")
	cmd.Dir, cmd.Env = pkg, append(os.Environ(), env...)
	return results(cmd)
}

// torch runs the PyTorch script. It returns nil if PyTorch is not installed.
func (b *bench) torch(args ...string) ([]result, error) {
	if exec.CommandContext(b.ctx, b.python, "-c", "import torch").Run() != nil {
		return nil, b.ctx.Err()
	}
	return results(exec.CommandContext(b.ctx, b.python, append([]string{"bench/torch_speed.py"}, args...)...))
}

// results runs a command and parses the benchmarks in its output.
func results(cmd *exec.Cmd) ([]result, error) {
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return nil, fmt.Errorf("%w\n%s%s", err, out, exit.Stderr)
		}
		return nil, err
	}
	return parseResults(string(out))
}

// parseResults returns the benchmarks in the output of a command.
func parseResults(out string) ([]result, error) {
	var all []result
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		r := result{name: strings.TrimPrefix(f[0], "Benchmark"), values: map[string]float64{}}
		if i := strings.LastIndexByte(r.name, '-'); i > strings.LastIndexByte(r.name, '/') {
			r.name = r.name[:i] // the number of processors
		}
		for i := 2; i+1 < len(f); i += 2 {
			v, err := strconv.ParseFloat(f[i], 64)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", line, err)
			}
			r.values[f[i+1]] = v
		}
		all = append(all, r)
	}
	return all, nil
}

// value returns one value of the named benchmark, 0 if there is none.
func value(all []result, name, unit string) float64 {
	for _, r := range all {
		if r.name == name {
			return r.values[unit]
		}
	}
	return 0
}
