package main

import (
	"os"
	"slices"
	"strings"
)

// cellTag is the build tag of cells, and of nothing else: what only cells need not be
// linked with has files without it, such as the client for downloads.
const cellTag = "pnclab_cell"

// tagged returns the arguments of a build with the tag of cells, or the same where the
// user has tags of his own, which the go command would take one or the other of.
func tagged(args []string) []string {
	if mentions("-tags", args) {
		return args
	}
	return slices.Insert(slices.Clone(args), 1, "-tags="+cellTag)
}

// withoutC returns an environment in which packages with a part in C are built without
// it, as far as they can be: those of the standard library. Linking takes a seventh less
// time. It is the same where the user has chosen, or has flags that need C.
func withoutC(env, args []string) []string {
	if _, chosen := os.LookupEnv("CGO_ENABLED"); chosen || mentions("-race -msan -asan -buildmode -linkshared -linkmode", args) {
		return env
	}
	return append(slices.Clip(env), "CGO_ENABLED=0")
}

// mentions reports whether one of the flags is in the arguments of the go command or in
// GOFLAGS, also as a part of another: "-ldflags=-linkmode=external".
func mentions(flags string, args []string) bool {
	all := strings.Join(args, " ") + " " + os.Getenv("GOFLAGS")
	return slices.ContainsFunc(strings.Fields(flags), func(f string) bool { return strings.Contains(all, f) })
}
