// Package npz reads arrays from files of NumPy: .npy, which holds one array, and
// .npz, a zip archive of them.
package npz

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"pnclab/pnc/internal/arrays"
)

// Open returns the arrays of a file of size bytes in their order: all of an .npz, the
// one of an .npy, which is named after the file. The content tells the two apart.
// Only headers are read; the file must stay open until the arrays are. Every error
// starts with the path, which is used for nothing else.
func Open(f *os.File, path string, size int64) ([]*arrays.Array, error) {
	start := make([]byte, 2)
	if n, _ := f.ReadAt(start, 0); n == 2 && string(start) == "PK" {
		all, err := openZip(f, path, size)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return all, nil
	}
	a, offset, err := readHeader(io.NewSectionReader(f, 0, size), size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	a.Name, a.Where = strings.TrimSuffix(filepath.Base(path), ".npy"), path
	a.At = io.NewSectionReader(f, offset, size-offset)
	a.Open = func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(f, offset, size-offset)), nil
	}
	return []*arrays.Array{a}, nil
}

// openZip returns the arrays of an archive.
func openZip(f *os.File, path string, size int64) ([]*arrays.Array, error) {
	archive, err := zip.NewReader(f, size)
	if err != nil {
		return nil, errors.New("truncated or damaged archive; export it again")
	}
	var all []*arrays.Array
	seen := map[string]bool{}
	for _, entry := range archive.File {
		name, isArray := strings.CutSuffix(entry.Name, ".npy")
		if !isArray {
			if strings.HasSuffix(entry.Name, "/data.pkl") {
				return nil, errors.New("a checkpoint of PyTorch, which takes Python to read; export features with np.savez(\"features.npz\", layer1=z1.numpy(), labels=y.numpy())")
			}
			continue
		}
		if seen[name] {
			return nil, fmt.Errorf("%s: twice in this archive, and which one counts is not known; export it again", name)
		}
		seen[name] = true
		a, err := openEntry(f, entry)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		a.Name, a.Where = name, path+": "+name
		all = append(all, a)
	}
	if all == nil {
		return nil, errors.New("no arrays in this archive; export features with numpy.savez")
	}
	return all, nil
}

func openEntry(f *os.File, entry *zip.File) (*arrays.Array, error) {
	// Deflate compresses at most to 1/1032; a size beyond that is not the size.
	if entry.UncompressedSize64>>11 > entry.CompressedSize64 {
		return nil, arrays.ErrTruncated
	}
	r, err := entry.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	size := int64(entry.UncompressedSize64)
	a, offset, err := readHeader(r, size)
	if err != nil {
		return nil, checksum(err)
	}
	a.Open = func() (io.ReadCloser, error) {
		r, err := entry.Open()
		if err != nil {
			return nil, err
		}
		if _, err := io.CopyN(io.Discard, r, offset); err != nil {
			r.Close()
			return nil, checksum(err)
		}
		return checked{r}, nil
	}
	if start, err := entry.DataOffset(); err == nil && entry.Method == zip.Store && a.Fortran && len(a.Shape) > 1 {
		// Elements that are read from any place are not verified on the way.
		if _, err := io.Copy(io.Discard, r); err != nil {
			return nil, checksum(err)
		}
		a.At = io.NewSectionReader(f, start+offset, size-offset)
	}
	return a, nil
}

// checked is the reader of an entry whose errors say what to do.
type checked struct{ io.ReadCloser }

func (c checked) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	return n, checksum(err)
}

func checksum(err error) error {
	if errors.Is(err, zip.ErrChecksum) {
		return errors.New("damaged: its checksum is wrong; export it again")
	}
	return err
}
