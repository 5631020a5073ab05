// Package npz reads arrays from files of NumPy: .npy, which holds one array, and
// .npz, a zip archive of them.
package npz

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"pnclab/internal/budget"
	"pnclab/pnc/internal/arrays"
)

// ErrPickle is the error of archives that PyTorch wrote.
var ErrPickle = errors.New("a checkpoint of PyTorch, which takes Python to read; export features with np.savez(\"features.npz\", layer1=z1.numpy(), labels=y.numpy())")

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
	a.At, a.Stored = io.NewSectionReader(f, offset, size-offset), size-offset
	a.Open = func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(f, offset, size-offset)), nil
	}
	return []*arrays.Array{a}, nil
}

// openZip returns the arrays of an archive.
func openZip(f *os.File, path string, size int64) ([]*arrays.Array, error) {
	directory := &limited{f, budget.Budget(directoryBase + size/directoryShare), true}
	archive, err := zip.NewReader(directory, size)
	if errors.Is(err, budget.ErrSpent) {
		return nil, fmt.Errorf("%w: it has too many entries; export it in several files", budget.ErrSpent)
	}
	if err != nil {
		return nil, errors.New("truncated or damaged archive; export it again")
	}
	directory.limits = false
	if err := plausible(archive, size); err != nil {
		return nil, err
	}
	var all []*arrays.Array
	seen := map[string]bool{}
	for _, entry := range archive.File {
		name, isArray := strings.CutSuffix(entry.Name, ".npy")
		if !isArray {
			if strings.HasSuffix(entry.Name, "/data.pkl") {
				return nil, ErrPickle
			}
			continue
		}
		if err := arrays.CheckName(name); err != nil {
			return nil, err
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

// The directory of an archive takes some ten times its size in memory, and an array on
// top of that; it may have at most directoryBase bytes and 1/directoryShare of the file.
const (
	directoryBase  = 4 << 20
	directoryShare = 8
)

// limited reads no more bytes than are left while it limits them.
type limited struct {
	io.ReaderAt
	left   budget.Budget
	limits bool
}

func (l *limited) ReadAt(p []byte, at int64) (int, error) {
	if l.limits {
		if err := l.left.Take(int64(len(p))); err != nil {
			return 0, err
		}
	}
	return l.ReaderAt.ReadAt(p, at)
}

// unpackFactor bounds what an archive unpacks to: 64 MB and this many times its size.
// Features of which one in a hundred is not zero pack to a sixtieth, zeros to a
// thousandth.
const unpackFactor = 64

// plausible returns an error if the entries of an archive overlap, since one block of
// data could be a thousand arrays, or unpack to far more than data do.
func plausible(archive *zip.Reader, size int64) error {
	packed, unpacked := budget.Budget(size), budget.Budget(budget.Memory(0)+unpackFactor*size)
	for _, entry := range archive.File {
		if p := entry.CompressedSize64; p > uint64(size) || packed.Take(int64(p)) != nil {
			return errors.New("truncated or damaged archive: its entries are larger than it is; export it again")
		}
		if u := entry.UncompressedSize64; u > math.MaxInt64 || unpacked.Take(int64(u)) != nil {
			return fmt.Errorf("it unpacks to far more than its size allows for (at %q); export it with numpy.savez, which does not compress, if it is sound", entry.Name)
		}
	}
	return nil
}

func openEntry(f *os.File, entry *zip.File) (*arrays.Array, error) {
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
	a.Stored = int64(entry.CompressedSize64)
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
