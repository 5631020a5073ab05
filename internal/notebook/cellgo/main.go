// Command cellgo takes the place of the go command and of gopls in the notebooks'
// kernel, by the name that it is called by.
//
// As go, it builds cells faster. For every cell the kernel runs
//
//	go build -o <program>
//
// in a folder whose main.go changes from cell to cell, while what it imports stays the
// same. Two fifths of the time go into finding that out, and nearly all of the rest into
// linking. The first build of a kernel is therefore left to the go command, which prints
// what it runs, and the next ones run the same compiler and linker with the same
// arguments, as long as nothing has changed on which these depend (see [plan.key]). A
// cell that only declares things is compiled, to find its mistakes, but not linked. In
// any case of doubt, after every error, and for all other arguments, the go command does
// the work itself.
//
// Cells are built with a tag of their own and without C, so that there is less to link
// (see [tagged] and [withoutC]). "go warm PACKAGE..." compiles packages as they are
// for cells. The program of a cell reads no input, and one that ends before the end of the
// cell is noticed (see [cell.wrap]).
//
// As gopls, it runs gopls until the kernel ends, in whatever way. As follow, it ends one
// process with another. As keep, it runs the kernel and ends with it all processes that it
// leaves behind.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	followName  = "follow"
	keepName    = "keep"
	warmCommand = "warm" // that the go command does not have
)

func main() {
	switch name := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe"); {
	case name == "gopls":
		os.Exit(languageServer(os.Args[1:]))
	case name == followName && len(os.Args) == 3:
		os.Exit(follow(os.Args[1:]))
	case name == keepName && len(os.Args) > 1:
		os.Exit(keep(os.Args[1], os.Args[2:]))
	}
	goCommand, err := next("go")
	if err != nil {
		fmt.Fprintln(os.Stderr, "go:", err)
		os.Exit(1)
	}
	args, env := os.Args[1:], os.Environ()
	if len(args) > 0 && args[0] == warmCommand {
		args = tagged(append([]string{"build"}, args[1:]...))
		env = withoutC(env, args)
	} else if c, ok := newCell(goCommand, args); ok {
		os.Exit(c.build())
	}
	os.Exit(replace(goCommand, args, env))
}

// next returns the path of the program of that name behind this one on PATH.
func next(name string) (string, error) {
	own, err := os.Executable()
	if err != nil {
		return "", err
	}
	self, err := os.Stat(own)
	if err != nil {
		return "", err
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		path, err := exec.LookPath(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		if info, err := os.Stat(path); err == nil && !os.SameFile(info, self) {
			return path, nil
		}
	}
	return "", errors.New("not found on PATH behind the kernel's own")
}

// run runs a program with this one's files and returns its exit status.
func run(path string, args, env []string) int {
	cmd := exec.Command(path, args...)
	cmd.Env = env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	var exit *exec.ExitError
	switch err := cmd.Run(); {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	default:
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
}
