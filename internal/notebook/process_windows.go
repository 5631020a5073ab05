package notebook

import (
	"context"
	"os"
	"os/exec"
	"syscall"
)

// ownGroup keeps the kernel from receiving a Ctrl-C in the console: this program stops
// it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

func killKernel(p *os.Process) {
	p.Kill()
}

func patient(ctx context.Context, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, name, args...)
}
