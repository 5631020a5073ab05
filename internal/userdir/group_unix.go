//go:build unix

package userdir

import (
	"io/fs"
	"os"
	"syscall"
)

// takeGroup gives a file the group of its folder, if the two differ and the user is
// in that group.
func takeGroup(file string, info, folder fs.FileInfo) {
	from, ok := info.Sys().(*syscall.Stat_t)
	to, okTo := folder.Sys().(*syscall.Stat_t)
	if ok && okTo && from.Gid != to.Gid {
		os.Chown(file, -1, int(to.Gid))
	}
}
