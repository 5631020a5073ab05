package oneline

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"as it is, σ²", "as it is, σ²"},
		{"two\nlines\tand\u2028more", "two lines and more"},
		{"\x1b[2J\x07\x00", "\ufffd[2J\ufffd\ufffd"},
		{"a\xff\xfeb", "a\ufffd\ufffdb"},
		{"\u202egnp.exe", "\ufffdgnp.exe"}, // would be shown from right to left
		{strings.Repeat("ε", 20), strings.Repeat("ε", 20)},
		{strings.Repeat("ε", 21), strings.Repeat("ε", 19) + "…"},
		{strings.Repeat("\xff", 1<<20), strings.Repeat("\ufffd", 19) + "…"},
	} {
		got := Text(test.in, 20)
		if got != test.want || utf8.RuneCountInString(got) > 20 {
			t.Errorf("Text(%.40q, 20) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestError(t *testing.T) {
	if err := Error(nil); err != nil {
		t.Errorf("Error(nil) = %v", err)
	}
	err := Error(&fs.PathError{Op: "open", Path: strings.Repeat("x\n", 1000), Err: fs.ErrNotExist})
	if text := err.Error(); utf8.RuneCountInString(text) != longestError || strings.Contains(text, "\n") || !strings.HasSuffix(text, "…") {
		t.Errorf("%q", text)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("it does not wrap its error")
	}
}
