package npz

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Read reads the arrays of a file in their order: all of an .npz, the one of an
// .npy, which is named after the file. The content tells the two apart.
// Every error starts with the path.
func Read(path string) ([]Array, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: no such file", path)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s: a directory; name files in the NumPy format (.npy or .npz)", path)
	}
	r := bufio.NewReaderSize(f, 1<<16)
	if magic, _ := r.Peek(2); string(magic) == "PK" {
		arrays, err := readZip(f, info.Size())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return arrays, nil
	}
	a, err := readArray(r, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	a.Name = strings.TrimSuffix(filepath.Base(path), ".npy")
	return []Array{a}, nil
}

// readZip reads the arrays of an archive.
func readZip(r io.ReaderAt, size int64) ([]Array, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, errors.New("truncated or damaged archive; export it again")
	}
	var arrays []Array
	for _, entry := range archive.File {
		name, isArray := strings.CutSuffix(entry.Name, ".npy")
		if !isArray {
			continue
		}
		a, err := readEntry(entry)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		a.Name = name
		arrays = append(arrays, a)
	}
	if arrays == nil {
		return nil, errors.New("no arrays in this archive; export features with numpy.savez")
	}
	return arrays, nil
}

func readEntry(entry *zip.File) (Array, error) {
	// Deflate compresses at most to 1/1032; a size beyond that is not the size.
	if entry.UncompressedSize64>>11 > entry.CompressedSize64 {
		return Array{}, errTruncated
	}
	r, err := entry.Open()
	if err != nil {
		return Array{}, err
	}
	defer r.Close()
	a, err := readArray(r, int64(entry.UncompressedSize64))
	if err == nil {
		_, err = io.Copy(io.Discard, r) // checks the sum at the end
	}
	if errors.Is(err, zip.ErrChecksum) {
		err = errors.New("damaged: its checksum is wrong; export it again")
	}
	return a, err
}
