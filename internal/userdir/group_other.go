//go:build !unix

package userdir

import "io/fs"

// takeGroup does nothing: files have no group.
func takeGroup(string, fs.FileInfo, fs.FileInfo) {}
