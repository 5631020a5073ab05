package notebook

import (
	"regexp"
	"strings"
)

var ansiEscape = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)

// PlainText removes the escape sequences by which programs set colours and move the
// cursor of a terminal.
func PlainText(s string) string {
	return ansiEscape.ReplaceAllString(s, "")
}

// overwrite applies carriage returns as a terminal would, as far as progress lines need
// it: the last version of every line stays.
func overwrite(s string) string {
	if !strings.Contains(s, "\r") {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		l = strings.TrimRight(l, "\r")
		lines[i] = l[strings.LastIndexByte(l, '\r')+1:]
	}
	return strings.Join(lines, "\n")
}
