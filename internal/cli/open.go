package cli

import (
	"fmt"
	"os/exec"
	"runtime"
	"time"
)

// openers are the commands that open a file with the program for its type.
var openers = map[string][]string{
	"darwin":  {"open"},
	"windows": {"rundll32", "url.dll,FileProtocolHandler"},
}

// openLimit is how long a command that opens a file may take to fail. Some end with the
// browser, which is not waited for.
const openLimit = 3 * time.Second

// openFile opens a file as a click on it would.
func openFile(path string) error {
	command := openers[runtime.GOOS]
	if command == nil {
		command = []string{"xdg-open"}
	}
	cmd := exec.Command(command[0], append(command[1:], path)...)
	err := cmd.Start()
	if err == nil {
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case err = <-ended:
		case <-time.After(openLimit):
		}
	}
	if err != nil {
		return fmt.Errorf("%s cannot be opened from here: %s: %w", path, command[0], err)
	}
	return nil
}
