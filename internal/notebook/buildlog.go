package notebook

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// buildRemind is the time between two lines about a build.
const buildRemind = 10 * time.Second

// buildLog is what "go build -v" writes its messages to: a line about every download
// is passed on, of packages that are compiled only their number, every ten seconds.
type buildLog struct {
	began time.Time
	done  chan struct{}
	wg    sync.WaitGroup

	mu       sync.Mutex
	out      io.Writer
	rest     []byte // of a line that is not complete
	packages int
	latest   string // the package compiled last
	message  string // the last line that names no package
}

func newBuildLog(out io.Writer) *buildLog {
	l := &buildLog{began: time.Now(), done: make(chan struct{}), out: out}
	l.wg.Go(func() {
		ticker := time.NewTicker(buildRemind)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				l.remind(time.Since(l.began))
			case <-l.done:
				return
			}
		}
	})
	return l
}

func (l *buildLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		i := bytes.IndexByte(l.rest, '\n')
		if i < 0 {
			return len(p), nil
		}
		l.line(strings.TrimSpace(string(l.rest[:i])))
		l.rest = l.rest[i+1:]
	}
}

// line takes one line: the path of a package, which has no spaces, or a message.
func (l *buildLog) line(s string) {
	switch {
	case strings.HasPrefix(s, "go: downloading "):
		fmt.Fprintln(l.out, s)
	case s == "" || strings.HasPrefix(s, "#"):
	case strings.Contains(s, " "):
		l.message = s
	default:
		l.packages++
		l.latest = s
	}
}

// remind writes what the build is doing.
func (l *buildLog) remind(elapsed time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	doing := "preparing"
	if l.packages > 0 {
		doing = fmt.Sprintf("%d packages compiled, now %s", l.packages, l.latest)
	}
	fmt.Fprintf(l.out, "building the kernel: %s (%.0f s)\n", doing, elapsed.Seconds())
}

// close ends the lines about the build.
func (l *buildLog) close() {
	close(l.done)
	l.wg.Wait()
}

// last returns the last message, "" if there is none.
func (l *buildLog) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := strings.TrimSpace(string(l.rest)); s != "" {
		return s
	}
	return l.message
}
