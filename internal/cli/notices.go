package cli

import (
	"fmt"
	"io"
	"sync"

	"pnclab/pnc"
)

// noticeWriter returns an observer that writes warnings, and a line for every task
// that takes time when it begins.
func noticeWriter(w io.Writer) func(pnc.Notice) {
	var mu sync.Mutex
	begun := map[string]bool{}
	return func(n pnc.Notice) {
		mu.Lock()
		defer mu.Unlock()
		switch n := n.(type) {
		case pnc.Warning:
			fmt.Fprintf(w, "pnclab: warning: %s\n", n)
		case pnc.Progress:
			if begun[n.Task] {
				return
			}
			begun[n.Task] = true
			if n.Unit == "bytes" && n.Total > 0 {
				fmt.Fprintf(w, "%s (%s)\n", n.Task, megabytes(n.Total))
			} else {
				fmt.Fprintln(w, n.Task)
			}
		}
	}
}
