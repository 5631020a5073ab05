package notebook

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"pnclab/internal/userdir"
)

// goplsPackage is the language server, which a kernel needs for completion and help on
// names. It has a go.mod of its own in the folder of this package, because only those
// who type in notebooks need it, and its modules are many.
const goplsPackage = "golang.org/x/tools/gopls"

// Gopls returns the folder for the language server, which goes on the PATH of kernels,
// and whether it is there already.
func Gopls(ctx context.Context, root string) (dir string, built bool, err error) {
	version, _, err := goEnv(ctx, root)
	if err != nil {
		return "", false, err
	}
	sums, err := os.ReadFile(filepath.Join(goplsModule(root), "go.sum"))
	if err != nil {
		return "", false, err
	}
	h := sha256.New()
	fmt.Fprintln(h, version, runtime.GOOS, runtime.GOARCH)
	h.Write(sums)
	if err := hashCellgo(h, root); err != nil {
		return "", false, err
	}
	dir, err = userdir.Cache("bin", fmt.Sprintf("gopls-%x", h.Sum(nil)[:8]))
	return dir, isFile(filepath.Join(dir, executable("gopls"))), err
}

func goplsModule(root string) string { return filepath.Join(root, "internal", "notebook", "gopls") }

// BuildGopls builds the language server into the folder that [Gopls] returned. There it
// is called by cellgo, which ends it with the kernel. It takes about a minute of CPU
// time, which it leaves to others where it can.
func BuildGopls(ctx context.Context, root string, tools Tools, dir string) error {
	return buildInto(dir, func(tmp string) error {
		pinned := filepath.Join(tmp, "pinned")
		if err := os.Mkdir(pinned, 0o755); err != nil {
			return err
		}
		cmd := patient(ctx, "go", "build", "-o", pinned+string(filepath.Separator), goplsPackage)
		cmd.Dir = goplsModule(root)
		cmd.WaitDelay = time.Second
		cmd.Env = toolsEnv()
		if _, err := cmd.Output(); err != nil {
			return fmt.Errorf("building gopls: %w", commandError(err))
		}
		watcher, err := os.ReadFile(filepath.Join(tools.Dir, executable("go")))
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(tmp, executable("gopls")), watcher, 0o755)
	}, func(dir string) bool { return isFile(filepath.Join(dir, executable("gopls"))) })
}
