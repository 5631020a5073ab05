package notebook

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// clip is a text that may grow without limit, of which the head and the tail are kept.
// Lines that end in carriage returns are overwritten first, as progress lines are.
type clip struct {
	limit int
	text  []byte // all of it, or what follows head
	head  string
	left  int // bytes that were left out between head and text
}

// Write appends to the text.
func (c *clip) Write(s string) {
	c.text = append(c.text, s...)
	if len(c.text) > 2*c.limit { // seldom: shortening costs as much as was written since
		c.shorten()
	}
}

// shorten brings the text to its limit, half of which is for either end.
func (c *clip) shorten() {
	returned := len(c.text) > 0 && c.text[len(c.text)-1] == '\r' // the next text overwrites the line
	c.text = []byte(overwrite(string(c.text)))
	if returned {
		c.text = append(c.text, '\r')
	}
	half := c.limit / 2
	if c.head == "" && len(c.text) > c.limit {
		n := cutBefore(c.text, half)
		c.head, c.text = string(c.text[:n]), c.text[n:]
	}
	if c.head != "" && len(c.text) > half {
		n := cutAfter(c.text, len(c.text)-half)
		c.left += n
		c.text = append([]byte(nil), c.text[n:]...)
	}
}

// size returns what the text takes.
func (c *clip) size() int { return len(c.head) + len(c.text) }

// String returns what is kept of the text, with a line for what is not.
func (c *clip) String() string {
	if len(c.text) > c.limit {
		c.shorten()
	}
	text := overwrite(string(c.text))
	if c.left == 0 {
		return c.head + text
	}
	head := c.head
	if !strings.HasSuffix(head, "\n") {
		head += "\n"
	}
	return head + leftOut(c.left) + "\n" + text
}

// farLine is how far the end of a line may be from where a text is to be cut. Beyond, the
// line is cut between two characters.
const farLine = 4 << 10

// cutBefore returns where a text can be cut, n or a little less.
func cutBefore(text []byte, n int) int {
	if i := bytes.LastIndexByte(text[:n], '\n'); i >= n-farLine && i >= 0 {
		return i + 1
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return n
}

// cutAfter returns where a text can be cut, n or a little more.
func cutAfter(text []byte, n int) int {
	if i := bytes.IndexByte(text[n:], '\n'); i >= 0 && i < farLine {
		return n + i + 1
	}
	for n < len(text) && !utf8.RuneStart(text[n]) {
		n++
	}
	return n
}

// leftOut says how much is missing.
func leftOut(bytes int) string { return "… " + megabytes(bytes) + " left out …" }

// megabytes returns a number of bytes in MB, with one decimal where that says more.
func megabytes(bytes int) string {
	if mb := float64(bytes) / 1e6; mb < 10 {
		return fmt.Sprintf("%.1f MB", mb)
	}
	return fmt.Sprintf("%.0f MB", float64(bytes)/1e6)
}
