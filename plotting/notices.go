package plotting

import (
	"fmt"
	"sync"

	"pnclab/plotting/internal/gonb"
	"pnclab/pnc"
)

// In a notebook, warnings and what takes time are told in the cell that causes them.
// Elsewhere a program decides itself what to make of them, see [pnc.Observe].
func init() {
	if gonb.Connected() {
		pnc.Observe(noticeTeller(func(line string) { fmt.Println(line) }))
	}
}

// noticeTeller returns an observer that tells warnings, and every task that takes
// time once.
func noticeTeller(tell func(line string)) func(pnc.Notice) {
	var mu sync.Mutex
	told := map[string]bool{}
	return func(n pnc.Notice) {
		mu.Lock()
		defer mu.Unlock()
		switch n := n.(type) {
		case pnc.Warning:
			tell("warning: " + n.String())
		case pnc.Progress:
			if !told[n.Task] {
				told[n.Task] = true
				tell(n.Task + " …")
			}
		}
	}
}
