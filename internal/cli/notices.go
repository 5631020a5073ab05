package cli

import (
	"fmt"
	"io"
	"sync"
	"time"

	"pnclab/pnc"
)

// sayEvery is the time between two lines about a task that counts samples.
const sayEvery = 10 * time.Second

// noticeWriter returns an observer that writes warnings, and a line for every task
// that takes time when it begins; where samples are counted, again every ten seconds
// with the time that is left.
func noticeWriter(w io.Writer) func(pnc.Notice) {
	var mu sync.Mutex
	begun := map[string]time.Duration{} // when it was last mentioned
	return func(n pnc.Notice) {
		mu.Lock()
		defer mu.Unlock()
		switch n := n.(type) {
		case pnc.Warning:
			fmt.Fprintf(w, "pnclab: warning: %s\n", n)
		case pnc.Progress:
			last, ok := begun[n.Task]
			if ok && (n.Unit != "samples" || n.Elapsed-last < sayEvery) {
				return
			}
			begun[n.Task] = n.Elapsed
			switch {
			case n.Unit == "samples":
				fmt.Fprintln(w, n)
			case n.Unit == "bytes" && n.Total > 0:
				fmt.Fprintf(w, "%s (%s)\n", n.Task, megabytes(n.Total))
			default:
				fmt.Fprintln(w, n.Task)
			}
		}
	}
}
