package notebook

import "syscall"

// dieWithParent makes the kernel end even if this program is killed.
func dieWithParent(attr *syscall.SysProcAttr) {
	attr.Pdeathsig = syscall.SIGTERM
}
