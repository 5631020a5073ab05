//go:build !js && !pnclab_cell

package files

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	sum := sha256.Sum256([]byte(content))
	f := File{Name: "file.gz", Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
	for _, test := range []struct{ name, content, want string }{
		{"file.gz", content, ""},
		{"renamed.gz", content, ""},
		{"short.gz", "damn", "4 bytes instead of 21"},
		{"other.gz", strings.ToUpper(content), "SHA-256 9297e514… instead of "},
		{"file", "unpacked", ""},
		{"missing.gz", "", ""},
	} {
		path := filepath.Join(dir, test.name)
		if test.content != "" {
			write(t, test.content, path)
		}
		if got := (Store{}).Check(f, path); !strings.HasPrefix(got, test.want) || test.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	if got := (Store{}).Check(File{Name: "file.gz"}, filepath.Join(dir, "short.gz")); got != "" {
		t.Errorf("without a checksum: %q", got)
	}
}

// TestCheckRemembers changes a file behind the back of the record, and then its time.
func TestCheckRemembers(t *testing.T) {
	s := Store{Cache: t.TempDir()}
	sum := sha256.Sum256([]byte(content))
	f := File{Name: "file.gz", Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
	path := write(t, content, t.TempDir(), "file.gz")
	at := time.Now().Add(-time.Hour)
	for i, step := range []struct {
		content string
		at      time.Time
		differs bool
		mention bool
	}{
		{content, at, false, true},
		{content, at, false, false},
		{strings.ToUpper(content), at, false, false}, // nobody looks
		{strings.ToUpper(content), at.Add(time.Second), true, true},
		{strings.ToUpper(content), at.Add(time.Second), true, false},
		{content[1:], at.Add(time.Second), true, true},
		{content, at, false, true},
	} {
		write(t, step.content, path)
		if err := os.Chtimes(path, step.at, step.at); err != nil {
			t.Fatal(err)
		}
		differs, mention := s.Check(f, path), s.Mention(path)
		if (differs != "") != step.differs || mention != step.mention {
			t.Errorf("step %d: differs %q, mentioned %v, want %v and %v", i, differs, mention, step.differs, step.mention)
		}
	}
	write(t, "{", s.checkedPath(path)) // a record that is damaged is none
	write(t, content[1:], path)
	if differs := s.Check(f, path); differs == "" || !s.Mention(path) {
		t.Errorf("after its record was damaged: %q", differs)
	}
}
