package notebook

import (
	"os"
	"syscall"
)

// dieWithParent makes the kernel end even if this program is killed.
func dieWithParent(attr *syscall.SysProcAttr) {
	attr.Pdeathsig = syscall.SIGTERM
}

// killKernel ends the process that keeps the kernel, which first kills all others.
func killKernel(p *os.Process) { p.Signal(syscall.SIGTERM) }
