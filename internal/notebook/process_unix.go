//go:build unix

package notebook

import (
	"context"
	"os/exec"
	"syscall"
)

// ownGroup starts the command in its own process group, so that a Ctrl-C in the
// terminal reaches only this program, which then stops the kernel, and so that
// killKernel also reaches the programs that the kernel started.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
}

// patient returns a command that runs when nothing else wants to.
func patient(ctx context.Context, name string, args ...string) *exec.Cmd {
	if _, err := exec.LookPath("nice"); err == nil {
		name, args = "nice", append([]string{"-n", "19", name}, args...)
	}
	return exec.CommandContext(ctx, name, args...)
}
