package notebook

import (
	"regexp"
	"strings"
)

// control matches the escape sequences by which programs set colours, move the cursor,
// and name the window of a terminal or link to addresses, and what else is not text: a
// page with the character NUL is no HTML.
var control = regexp.MustCompile(`\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(\x07|\x1b\\)?|\x1b[ -/]*[0-~]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]`)

// PlainText removes control sequences and characters, except for line breaks,
// carriage returns and tabs.
func PlainText(s string) string {
	return control.ReplaceAllString(s, "")
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
