package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// languageServer runs the gopls in the folder of this program's file, and kills it when
// the kernel that started this program has ended.
func languageServer(args []string) int {
	own, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gopls:", err)
		return 1
	}
	kernel := os.Getppid()
	cmd := exec.Command(filepath.Join(filepath.Dir(own), "pinned", filepath.Base(os.Args[0])), args...)
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "gopls:", err)
		return 1
	}
	go func() {
		for os.Getppid() == kernel {
			time.Sleep(time.Second)
		}
		cmd.Process.Kill()
	}()
	cmd.Wait()
	return cmd.ProcessState.ExitCode()
}
