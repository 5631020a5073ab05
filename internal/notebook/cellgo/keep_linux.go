package main

import "pnclab/internal/process"

// keep runs a program, kills what it leaves behind, and returns its exit status.
func keep(path string, args []string) int { return process.Keep(path, args) }
