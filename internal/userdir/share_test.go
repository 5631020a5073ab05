package userdir

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// TestShare checks that a file gets its folder's permissions for the group and for
// others as far as the mask goes, and loses none.
func TestShare(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it has other permissions")
	}
	for _, test := range []struct{ folder, file, mask, want os.FileMode }{
		{0o700, 0o600, 0o044, 0o600},
		{0o750, 0o600, 0o044, 0o640},
		{0o770, 0o600, 0o044, 0o640},
		{0o770, 0o600, 0o066, 0o660},
		{0o755, 0o600, 0o066, 0o644},
		{0o777, 0o600, 0o066, 0o666},
		{0o700, 0o644, 0o044, 0o644},
	} {
		dir := filepath.Join(t.TempDir(), "shared")
		file := filepath.Join(dir, "a")
		for _, err := range []error{os.Mkdir(dir, 0o700), os.WriteFile(file, nil, 0o600), os.Chmod(file, test.file), os.Chmod(dir, test.folder)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		Share(file, test.mask)
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != test.want {
			t.Errorf("a file with %v in a folder with %v has %v, error %v; want %v", test.file, test.folder, info.Mode().Perm(), err, test.want)
		}
	}
	Share(filepath.Join(t.TempDir(), "none"), 0o044) // nothing to share
}
