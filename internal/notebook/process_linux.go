package notebook

import "syscall"

// dieWithParent ends the kernel also where this program is killed outright.
func dieWithParent(attr *syscall.SysProcAttr) {
	attr.Pdeathsig = syscall.SIGTERM
}
