package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"

	"pnclab/internal/process"
)

// languageServer runs the gopls in the folder of this program's file in place of this
// program, so that the kernel can kill it, after it has started another process that
// ends it with the kernel.
func languageServer(args []string) int {
	own, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gopls:", err)
		return 1
	}
	watcher := exec.Command(own, strconv.Itoa(os.Getppid()), strconv.Itoa(os.Getpid()))
	watcher.Args[0] = followName
	if err := watcher.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "gopls:", err)
		return 1
	}
	return replace(filepath.Join(filepath.Dir(own), "pinned", filepath.Base(os.Args[0])), args, os.Environ())
}

// follow ends the process of the second number with that of the first.
func follow(args []string) int {
	signal.Ignore(os.Interrupt) // which the terminal sends to everybody
	var pid [2]int
	for i := range pid {
		var err error
		if pid[i], err = strconv.Atoi(args[i]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
	}
	process.Follow(pid[0], pid[1])
	return 0
}
