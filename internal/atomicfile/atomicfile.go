// Package atomicfile writes files that are complete or not there at all: a
// reader, and a run after a crash, never finds half of one.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// Write creates or replaces the file at path with what content writes. The data
// go to a temporary file in the same folder, reach the disk, and then take the
// name over. If content, or anything else, returns an error or panics, the file at
// path is as it was and nothing is left behind.
//
// Permissions are those of os.Create: 0666 before the umask for a new file; an
// existing file keeps its own. A symbolic link keeps pointing to its file, which
// is replaced. What is not a regular file, such as /dev/stdout, is written to
// directly.
func Write(path string, content func(io.Writer) error) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	old, err := os.Stat(path)
	if err == nil && !old.Mode().IsRegular() {
		return writeTo(path, content)
	}
	f, err := createTemp(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot write %s: there is no folder %s: %w", path, filepath.Dir(path), fs.ErrNotExist)
	}
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if old != nil {
		if err := f.Chmod(old.Mode().Perm()); err != nil {
			return err
		}
	}
	if err := buffered(f, content); err != nil {
		return err
	}
	if err := f.Sync(); err != nil { // or a crash could leave the name without the data
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	done = true
	return nil
}

// WriteFile creates or replaces a file with data, as [Write] does.
func WriteFile(path string, data []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// writeTo writes to a device or a pipe, which has no contents to replace.
func writeTo(path string, content func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := buffered(f, content); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// buffered calls content with a buffer before f.
func buffered(f *os.File, content func(io.Writer) error) error {
	w := bufio.NewWriter(f)
	if err := content(w); err != nil {
		return err
	}
	return w.Flush()
}

// createTemp creates a hidden file beside path. Unlike that of os.CreateTemp, its
// permissions are 0666 less the umask. Errors name path.
func createTemp(path string) (*os.File, error) {
	dir, name := filepath.Split(path)
	for try := 0; ; try++ {
		temp := dir + "." + name + "." + strconv.FormatUint(uint64(rand.Uint32()), 36) + ".tmp"
		f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) && try < 1000 {
			continue
		}
		if p, ok := err.(*fs.PathError); ok {
			p.Path = path
		}
		return f, err
	}
}
