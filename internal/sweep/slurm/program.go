package slurm

import (
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"pnclab/internal/atomicfile"
)

// Install copies this program into the folder of a sweep, so that nodes, and later
// submissions, use the same one, and returns its path. If it needs libraries of the
// system and root is a checkout with the Go command, a static one is built there instead;
// otherwise the warning says so.
func Install(ctx context.Context, folder, root string) (program, warning string, err error) {
	own, err := os.Executable()
	if err != nil {
		return "", "", err
	}
	bin := filepath.Join(folder, "bin")
	if err := os.MkdirAll(bin, 0o777); err != nil {
		return "", "", err
	}
	if dynamic(own) {
		built := filepath.Join(bin, fmt.Sprintf("building-%d", os.Getpid()))
		defer os.Remove(built)
		if err := buildStatic(ctx, root, built, folder); err == nil {
			own = built
		} else {
			warning = fmt.Sprintf("the program needs the C library of this machine, and no static one could be built (%v); nodes with another system may refuse it: build it with CGO_ENABLED=0 go build", err)
		}
	}
	sum, err := hash(own)
	if err != nil {
		return "", "", err
	}
	program = filepath.Join(bin, "pnclab-"+sum[:12])
	if known, err := hash(program); err == nil && known == sum {
		return program, warning, nil
	}
	err = atomicfile.Write(program, func(w io.Writer) error {
		f, err := os.Open(own)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(w, f)
		return err
	})
	if err != nil {
		return "", "", err
	}
	return program, warning, os.Chmod(program, 0o755)
}

// buildStatic builds the program of a checkout without C, and requires that it gives the
// folder's experiments the same keys as this one did.
func buildStatic(ctx context.Context, root, to, folder string) error {
	if root == "" {
		return fmt.Errorf("this is no checkout of it")
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", to, ".")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %.200s", err, out)
	}
	if out, err := exec.CommandContext(ctx, to, "sweep", "plan", folder).CombinedOutput(); err != nil {
		return fmt.Errorf("what the checkout builds is another program than this: %.300s", out)
	}
	return nil
}

// dynamic reports whether a program is loaded by a dynamic linker.
func dynamic(path string) bool {
	f, err := elf.Open(path)
	if err != nil { // not of a system that Slurm has
		return false
	}
	defer f.Close()
	return slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
}

func hash(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
