//go:build unix

package main

import "syscall"

// replace runs a program in place of this one.
func replace(path string, args, env []string) int {
	syscall.Exec(path, append([]string{path}, args...), env)
	return run(path, args, env) // it returned, so it failed; this one says why
}
