package notebook

import (
	"bytes"
	"io"
	"testing"
	"time"
)

func TestBuildLog(t *testing.T) {
	var out bytes.Buffer
	l := newBuildLog(&out)
	l.remind(10 * time.Second)
	io.WriteString(l, "go: downloading example.org/m v1.2.3\ninternal/byteor")
	io.WriteString(l, "der\ngithub.com/x/y\n")
	l.remind(20 * time.Second)
	io.WriteString(l, "# example.org/m\nm.go:3: undefined: f\n")
	l.close()
	const want = `building the kernel: preparing (10 s)
go: downloading example.org/m v1.2.3
building the kernel: 2 packages compiled, now github.com/x/y (20 s)
`
	if out.String() != want {
		t.Errorf("got\n%s, want\n%s", out.String(), want)
	}
	if got := l.last(); got != "m.go:3: undefined: f" {
		t.Errorf("last message %q", got)
	}
	if none := newBuildLog(io.Discard); none.last() != "" {
		t.Error("a message of nothing")
	} else {
		none.close()
	}
}
