package process

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"pnclab/internal/oneline"
)

// Process is a process as the system lists it.
type Process struct {
	PID, Parent, Group int
	Ended              bool          // a zombie: it has ended, and its parent does not know yet
	CPU                time.Duration // used by it and, on Linux, by its children that have ended
	Command            string        // with arguments, on one line
}

// Below returns the processes of a list that the process root started, directly or not, and
// those of its process group, without root itself.
func Below(all []Process, root int) []Process {
	belongs := map[int]bool{root: true}
	var below []Process
	for grown := true; grown; { // a parent may be listed after its children
		grown = false
		for _, p := range all {
			if !belongs[p.PID] && (belongs[p.Parent] || p.Group == root) {
				belongs[p.PID], grown = true, true
				below = append(below, p)
			}
		}
	}
	slices.SortFunc(below, func(a, b Process) int { return a.PID - b.PID })
	return below
}

// maxCommand is the length of a command in characters, beyond which it is cut.
const maxCommand = 80

// oneLine returns a command for a message: no control characters, and not too long.
func oneLine(command string) string {
	command = strings.Join(strings.FieldsFunc(command, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	return oneline.Text(command, maxCommand)
}
