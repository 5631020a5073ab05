package notebook

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Warm compiles what cells import, as it is compiled for cells, so that the first of
// them need not; in the background, it leaves the processor to others where it can.
func Warm(ctx context.Context, root string, tools Tools, background bool) error {
	command := exec.CommandContext
	if background {
		command = patient
	}
	cmd := command(ctx, filepath.Join(tools.Dir, executable("go")), "warm", modulePath+"/plotting", modulePath+"/pnc")
	cmd.Dir = root
	cmd.WaitDelay = time.Second
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS="+tools.GoFlags)
	if _, err := cmd.Output(); err != nil {
		return fmt.Errorf("compiling %s: %w", modulePath, commandError(err))
	}
	return nil
}
