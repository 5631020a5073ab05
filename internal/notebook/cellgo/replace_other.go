//go:build !unix

package main

// replace runs a program and returns its exit status.
func replace(path string, args, env []string) int { return run(path, args, env) }
