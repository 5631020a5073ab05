//go:build unix

package main

import (
	"os"
	"syscall"
)

// replace runs a program in place of this one.
func replace(path string, args []string) int {
	syscall.Exec(path, append([]string{path}, args...), os.Environ())
	return run(path, args) // it returned, so it failed; this one says why
}
