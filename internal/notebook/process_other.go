//go:build unix && !linux

package notebook

import (
	"os"
	"syscall"
)

func dieWithParent(*syscall.SysProcAttr) {}

// killKernel kills what is left of the process group. A process that has left the group
// is not found here.
func killKernel(p *os.Process) {
	syscall.Kill(-p.Pid, syscall.SIGKILL)
}
