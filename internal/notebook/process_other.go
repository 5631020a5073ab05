//go:build unix && !linux

package notebook

import "syscall"

func dieWithParent(*syscall.SysProcAttr) {}
