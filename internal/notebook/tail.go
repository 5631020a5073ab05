package notebook

import (
	"regexp"
	"strings"
	"sync"
)

const tailSize = 8 << 10

// fatal matches fatal messages of klog, to which the kernel adds a short id, and of
// the Go runtime.
var fatal = regexp.MustCompile(`(?m)^(?:F\d{4} .*?\] (?:\[[0-9a-f]+\] )?(.+)|((?:panic|fatal error): .+))$`)

// tail is a writer that keeps the last bytes written.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if n := len(t.b) - tailSize; n > 0 {
		t.b = append(t.b[:0], t.b[n:]...)
	}
	return len(p), nil
}

// complaint returns the last fatal message of the kernel, "" if there is none;
// everything else that it writes is a log.
func (t *tail) complaint() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := ""
	for _, m := range fatal.FindAllStringSubmatch(PlainText(string(t.b)), -1) {
		last = strings.TrimSpace(m[1] + m[2])
	}
	return last
}
