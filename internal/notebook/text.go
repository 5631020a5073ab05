package notebook

import (
	"regexp"
	"strings"
)

var ansiEscape = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)

// PlainText removes the escape sequences with which terminals set colours
// and move the cursor.
func PlainText(s string) string {
	return ansiEscape.ReplaceAllString(s, "")
}

// overwrite applies carriage returns as a terminal does, to the extent that
// progress lines need it: of every line the last version stays.
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
