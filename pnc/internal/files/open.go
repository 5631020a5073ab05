// Package files finds, checks and downloads the files of public data sets.
package files

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"pnclab/internal/budget"
	"pnclab/internal/oneline"
)

// Data is a file of data that is open for reading.
type Data struct {
	io.Reader
	io.Closer
	// Size is the size of the file, Most the number of bytes that reading it can yield.
	Size, Most int64
}

// Open opens a file for reading and decompresses it if its content, whatever its name,
// is gzip. Reading it fails where it unpacks to more than [budget.Memory] of its size:
// the public data sets take 0.6 of that at most, and a file of a megabyte that unpacks
// to a gigabyte is not one of them.
func Open(path string) (*Data, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, Cause(path, err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, Cause(path, err)
	}
	b := bufio.NewReaderSize(f, 1<<16)
	if magic, _ := b.Peek(2); string(magic) != "\x1f\x8b" {
		return &Data{b, f, info.Size(), info.Size()}, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		f.Close()
		return nil, Cause(path, err)
	}
	most := budget.Memory(info.Size())
	return &Data{&bounded{z, most}, f, info.Size(), most}, nil
}

// bounded returns an error instead of more than a number of bytes.
type bounded struct {
	io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left {
		p = p[:b.left+1]
	}
	n, err := b.Reader.Read(p)
	if int64(n) > b.left {
		return 0, errExpansion
	}
	b.left -= int64(n)
	return n, err
}

// errExpansion is returned by readers of files that unpack to far more than data do.
var errExpansion = errors.New("it unpacks to far more than its size allows for; get the file again, or unpack it with gzip if it is sound")

// OpenText is Open for text in UTF-8, whose byte order mark it skips. It returns an
// error if the text is UTF-16, as some programs save it.
func OpenText(path string) (*Data, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	b := bufio.NewReader(f)
	switch mark, _ := b.Peek(3); {
	case string(mark) == "\ufeff":
		b.Discard(len(mark))
	case bytes.HasPrefix(mark, []byte("\xff\xfe")), bytes.HasPrefix(mark, []byte("\xfe\xff")):
		f.Close()
		return nil, fmt.Errorf("%s: the text is UTF-16; save it as UTF-8", path)
	}
	f = &Data{b, f, f.Size, f.Most}
	return f, nil
}

// Cause returns an error of one line that starts with the path and says why reading
// the file failed.
func Cause(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: no such file", path)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("%s: the file is truncated; get it again", path)
	case errors.Is(err, budget.ErrSpent):
		return fmt.Errorf("%s: %w; get the file again, or a part of it, unpacked, if it is sound", path, err)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
		return fmt.Errorf("%s: the file is damaged (%v); get it again", path, err)
	}
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		err = p.Err // the path comes first already
	}
	return fmt.Errorf("%s: %w", path, oneline.Error(err))
}

// Sum returns the SHA-256 of the contents of files, in hexadecimal. For a directory,
// these are all regular files below it. Symbolic links are followed, except links to
// directories inside a directory.
func Sum(paths ...string) (string, error) {
	total := sha256.New()
	for _, path := range paths {
		root, err := filepath.EvalSymlinks(path)
		if err != nil {
			return "", Cause(path, err)
		}
		err = filepath.WalkDir(root, func(p string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if info, err := os.Stat(p); err != nil || !info.Mode().IsRegular() {
				return err
			}
			sum, err := sumFile(p)
			fmt.Fprintln(total, sum)
			return err
		})
		if err != nil {
			return "", Cause(path, err)
		}
	}
	return hex.EncodeToString(total.Sum(nil)), nil
}

// sumFile returns the SHA-256 of one file in hexadecimal.
func sumFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// base returns the name of a file without the extension of compression.
func base(name string) string { return strings.TrimSuffix(name, ".gz") }
