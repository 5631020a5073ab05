// Package oneline makes text from outside, such as a name in a damaged file, fit for a
// message: one line of bounded length that does not control a terminal.
package oneline

import (
	"strings"
	"unicode"
)

// Text returns at most longest characters of a text on one line. Line breaks, tabs and
// other space become spaces; bytes that are not UTF-8 and characters that are not
// printed, such as escape codes, become U+FFFD. Text that is cut ends with "…".
func Text(s string, longest int) string {
	var b strings.Builder
	n := 0
	for _, r := range s { // no further than it is kept, however long it is
		if n++; n > longest {
			cut := []rune(b.String())
			return string(cut[:longest-1]) + "…"
		}
		switch {
		case unicode.IsSpace(r):
			r = ' '
		case !unicode.IsPrint(r):
			r = unicode.ReplacementChar
		}
		b.WriteRune(r)
	}
	return b.String()
}

// longestError is more than any message of the program that repeats no text from outside.
const longestError = 1000

// Error returns an error that wraps err and whose message is that of err by [Text], of at
// most 1,000 characters; nil if err is nil.
func Error(err error) error {
	if err == nil {
		return nil
	}
	return &lineError{err}
}

type lineError struct{ err error }

func (e *lineError) Error() string { return Text(e.err.Error(), longestError) }

func (e *lineError) Unwrap() error { return e.err }
