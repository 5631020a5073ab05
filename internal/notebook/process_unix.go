//go:build unix

package notebook

import (
	"os"
	"os/exec"
	"syscall"
)

// ownGroup starts the command in its own process group, so that a Ctrl-C in the
// terminal reaches only this program, which then stops the kernel, and so that
// killGroup also reaches the programs that the kernel started.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
}

// killGroup kills what is left of the process group.
func killGroup(p *os.Process) {
	syscall.Kill(-p.Pid, syscall.SIGKILL)
}
