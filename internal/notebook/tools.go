package notebook

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"pnclab/internal/userdir"
)

// The programs a kernel needs: two pinned as tools in go.mod, our own go command, and
// what downloads for cells.
const (
	gonbPackage      = "github.com/janpfeifer/gonb"
	goimportsPackage = "golang.org/x/tools/cmd/goimports"
	cellgoPackage    = modulePath + "/internal/notebook/cellgo"
	downloadPackage  = modulePath + "/pnc/internal/files/pncdownload"
)

var errNoGo = errors.New("the go command is not on PATH: install Go from https://go.dev/dl and try again")

// Tools holds the kernel's programs and how to run them.
type Tools struct {
	Dir     string // holds gonb, goimports, go and pncdownload; goes first on the kernel's PATH
	Gonb    string
	GoFlags string // the kernel's GOFLAGS
}

// EnsureTools returns gonb and goimports in the versions pinned by the go.mod in root,
// the go command of cells, see cellgo, and the program that downloads for them.
// The first call on a machine builds them and says so on log; later calls find them in
// the user's cache directory. Go's build cache would drop them after a few days
// without use.
func EnsureTools(ctx context.Context, root string, log io.Writer) (Tools, error) {
	version, flags, err := goEnv(ctx, root)
	if err != nil {
		return Tools{}, err
	}
	key, err := toolsKey(root, version)
	if err != nil {
		return Tools{}, err
	}
	dir, err := userdir.Cache("bin", key)
	if err != nil {
		return Tools{}, err
	}
	tools := Tools{Dir: dir, Gonb: filepath.Join(dir, executable("gonb")), GoFlags: flags}
	if complete(dir) {
		return tools, nil
	}
	fmt.Fprintln(log, "building the kernel (once; half a minute, several on a busy machine)")
	return tools, buildTools(ctx, root, dir, flags, log)
}

// goEnv returns the version of the go command and the user's GOFLAGS without those that
// choose a go.mod or a vendor folder, which do not fit that of a cell. It adds
// -ldflags=-s: without symbols and debugging information, which are of no use in a cell,
// linking takes two fifths less time.
func goEnv(ctx context.Context, root string) (version, flags string, err error) {
	cmd := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOFLAGS")
	cmd.Dir = root
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", "", errNoGo
	} else if err != nil {
		return "", "", fmt.Errorf("go env: %w", commandError(err))
	}
	version, flags, _ = strings.Cut(string(out), "\n")
	kept := slices.DeleteFunc(strings.Fields(flags), func(f string) bool {
		name, _, _ := strings.Cut(strings.TrimLeft(f, "-"), "=")
		return name == "mod" || name == "modfile"
	})
	if flags = strings.Join(kept, " "); !strings.Contains(flags, "-ldflags") {
		flags = strings.TrimSpace(flags + " -ldflags=-s")
	}
	return version, flags, nil
}

// toolsKey returns a name for a build of the tools, which depends on their versions,
// the Go release and the platform.
func toolsKey(root, goVersion string) (string, error) {
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintln(h, goVersion, runtime.GOOS, runtime.GOARCH)
	for line := range bytes.Lines(sums) {
		module, _, _ := strings.Cut(string(line), " ")
		if strings.HasPrefix(gonbPackage, module) || strings.HasPrefix(goimportsPackage, module) {
			h.Write(line)
		}
	}
	if err := hashCellgo(h, root); err != nil {
		return "", err
	}
	for _, dir := range downloadFolders {
		if err := hashSources(h, filepath.Join(root, filepath.FromSlash(dir))); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8]), nil
}

// downloadFolders are the folders with the sources of the program that downloads.
var downloadFolders = []string{"pnc/internal/files", "pnc/internal/files/pncdownload", "internal/atomicfile", "internal/budget", "internal/oneline", "internal/userdir"}

// hashCellgo writes the sources of cellgo to h.
func hashCellgo(h io.Writer, root string) error {
	for _, dir := range []string{filepath.Join("notebook", "cellgo"), "process"} {
		if err := hashSources(h, filepath.Join(root, "internal", dir)); err != nil {
			return err
		}
	}
	return nil
}

// hashSources writes the Go files of a folder to h.
func hashSources(h io.Writer, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".go" || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s %d\n%s", e.Name(), len(b), b)
	}
	return nil
}

// buildTools builds all programs into dir and tells log what it compiles.
func buildTools(ctx context.Context, root, dir, flags string, log io.Writer) error {
	return buildInto(dir, func(tmp string) error {
		// With -v the command prints the name of each package that it compiles.
		cmd := exec.CommandContext(ctx, "go", "build", "-v", "-buildvcs=false", "-o", tmp+string(filepath.Separator), gonbPackage, goimportsPackage, cellgoPackage, downloadPackage)
		cmd.Dir = root
		cmd.WaitDelay = time.Second
		cmd.Env = append(toolsEnv(), "GOFLAGS="+flags)
		show := newBuildLog(log)
		cmd.Stderr = show
		err := cmd.Run()
		show.close()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if last := show.last(); last != "" {
				err = errors.New(last)
			}
			remedy := "the first build needs the network, or a 'go mod download' beforehand"
			if _, homeErr := os.UserHomeDir(); homeErr != nil && strings.Contains(err.Error(), "GOPATH") {
				remedy = "set HOME, or GOPATH and GOCACHE"
			}
			return fmt.Errorf("building the kernel: %w; %s", err, remedy)
		}
		return os.Rename(filepath.Join(tmp, executable("cellgo")), filepath.Join(tmp, executable("go")))
	}, complete)
}

// toolsEnv returns the environment for building tools: the versions of go.mod, for this
// machine.
func toolsEnv() []string { return append(os.Environ(), "GOWORK=off", "GOOS=", "GOARCH=") }

// buildInto builds into a temporary folder and renames it to dir, so that an interrupted
// build leaves nothing that looks complete and concurrent builds are safe.
func buildInto(dir string, build func(tmp string) error, complete func(dir string) bool) error {
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, "building-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := build(tmp); err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	if err = os.Rename(tmp, dir); err == nil || complete(dir) {
		return nil // ours, or that of a faster process
	}
	if err = os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Rename(tmp, dir)
}

// Follow returns a command that ends the process target when leader has ended, in
// whatever way, and itself when target has.
func (t Tools) Follow(leader, target int) *exec.Cmd {
	cmd := exec.Command(filepath.Join(t.Dir, executable("go")), strconv.Itoa(leader), strconv.Itoa(target))
	cmd.Args[0] = "follow"
	return cmd
}

// isKept says whether there is a process between this one and the kernel, which ends
// everything with it that has detached itself; see process.Keep.
const isKept = runtime.GOOS == "linux"

// kept returns a command that runs a program and, on Linux, ends everything with it that
// it has started.
func (t Tools) kept(path string, args ...string) *exec.Cmd {
	if !isKept {
		return exec.Command(path, args...)
	}
	cmd := exec.Command(filepath.Join(t.Dir, "go"), append([]string{path}, args...)...)
	cmd.Args[0] = "keep"
	return cmd
}

// complete reports whether the folder holds all programs.
func complete(dir string) bool {
	for _, name := range []string{"gonb", "goimports", "go", "pncdownload"} {
		if !isFile(filepath.Join(dir, executable(name))) {
			return false
		}
	}
	return true
}

// commandError replaces "exit status 1" by the last line that the command wrote to its
// standard error.
func commandError(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	lines := strings.Split(strings.TrimSpace(string(exit.Stderr)), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return errors.New(last)
	}
	return err
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
