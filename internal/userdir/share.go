package userdir

import (
	"io/fs"
	"os"
	"path/filepath"
)

// Share makes a file as accessible as its folder: the file gets the folder's group, and
// of the folder's permissions for the group and for others those in mask, such as 0o044
// for reading, whatever the umask is. It takes nothing away. What the system does not
// permit, or does not have, is left as it is.
func Share(file string, mask fs.FileMode) {
	folder, err := os.Stat(filepath.Dir(file))
	if err != nil {
		return
	}
	info, err := os.Stat(file)
	if err != nil {
		return
	}
	takeGroup(file, info, folder)
	if perm := info.Mode().Perm() | folder.Mode().Perm()&mask&0o077; perm != info.Mode().Perm() {
		os.Chmod(file, perm)
	}
}
