//go:build unix

package plotting

import (
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/image/font/gofont/goregular"
)

// TestFontFolders checks that a pipe with the name of a font, which would block whoever
// opens it, and a folder that leads back to itself do no harm.
func TestFontFolders(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(folder, "a.ttf"), 0o600); err != nil {
		t.Skip(err)
	}
	if err := syscall.Symlink("..", filepath.Join(folder, "b")); err != nil {
		t.Skip(err)
	}
	writeFont(t, folder, "c.ttf", fontWith(t, goregular.TTF, '网', 'R'))
	withFonts(t, folder)
	if system.glyph('网') == nil {
		t.Error("the font is not found")
	}
}
