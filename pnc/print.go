package pnc

import (
	"io"
	"strings"
)

// asString returns the text that write writes.
func asString(write func(io.Writer) error) string {
	var b strings.Builder
	if err := write(&b); err != nil {
		panic("pnc: " + err.Error()) // a Builder does not fail
	}
	return b.String()
}
