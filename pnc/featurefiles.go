//go:build !js

package pnc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pnclab/pnc/internal/arrays"
	"pnclab/pnc/internal/npz"
	"pnclab/pnc/internal/safetensors"
)

// featureFile is a file of arrays that is open.
type featureFile struct {
	path    string
	file    *os.File
	arrays  []*arrays.Array
	single  bool // an .npy, whose array has the name of the file
	ordered bool // the order of arrays is that in which they were written
	remove  bool // a copy of standard input
}

func (f *featureFile) Close() error {
	err := f.file.Close()
	if f.remove {
		os.Remove(f.file.Name())
	}
	return err
}

// openFeatureFile opens a file in any of the formats that hold features; "-" is
// standard input, which is copied to a temporary file since it is read twice.
func openFeatureFile(path string) (*featureFile, error) {
	f := &featureFile{path: path, ordered: true}
	var err error
	if path == "-" {
		f.path = "standard input"
		f.file, err = spool(os.Stdin)
		f.remove = err == nil
	} else {
		f.file, err = os.Open(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: no such file", path)
	}
	if err != nil {
		return nil, err
	}
	if err := f.open(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// open reads the headers.
func (f *featureFile) open() error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	start := make([]byte, 16)
	n, _ := f.file.ReadAt(start, 0)
	start = start[:n]
	remedy := "; export features with np.savez(\"features.npz\", layer1=z1, labels=y)"
	switch {
	case safetensors.Is(start, info.Size()):
		f.ordered = false
		f.arrays, err = safetensors.Open(f.file, f.path, info.Size())
		return err
	case bytes.HasPrefix(start, []byte("\x89HDF")):
		return fmt.Errorf("%s: a file of HDF5%s", f.path, remedy)
	case bytes.HasPrefix(start, []byte("MATLAB")):
		return fmt.Errorf("%s: a file of MATLAB%s", f.path, remedy)
	case bytes.HasPrefix(start, []byte("PAR1")), bytes.HasPrefix(start, []byte("ARROW1")):
		return fmt.Errorf("%s: a table of Parquet or Arrow%s", f.path, remedy)
	case bytes.HasPrefix(start, []byte("\x80")) && n > 1 && start[1] <= 5:
		return fmt.Errorf("%s: a pickle of Python, as PyTorch writes, which takes Python to read%s", f.path, remedy)
	}
	f.single = !bytes.HasPrefix(start, []byte("PK"))
	f.arrays, err = npz.Open(f.file, f.path, info.Size())
	return err
}

// spool copies a stream to a temporary file.
func spool(r io.Reader) (*os.File, error) {
	f, err := os.CreateTemp("", "pnclab-*")
	if err != nil {
		return nil, err
	}
	n, err := io.Copy(f, r)
	if err == nil && n == 0 {
		err = errors.New("empty; pipe a .npz, .npy or .safetensors file into it")
	}
	if err != nil {
		f.Close()
		os.Remove(f.Name())
		return nil, fmt.Errorf("standard input: %w", err)
	}
	return f, nil
}

var featureExtensions = []string{".npy", ".npz", ".safetensors"}

// expandPaths replaces folders by the feature files in them and patterns by the files
// that match, both in natural order: layer2 before layer10.
func expandPaths(paths []string) ([]string, error) {
	var out []string
	for _, path := range paths {
		info, err := os.Stat(path)
		var found []string
		switch {
		case err == nil && info.IsDir():
			entries, err := os.ReadDir(path)
			if err != nil {
				return nil, err
			}
			for _, e := range entries {
				if slices.Contains(featureExtensions, filepath.Ext(e.Name())) {
					found = append(found, filepath.Join(path, e.Name()))
				}
			}
			if found == nil {
				return nil, fmt.Errorf("%s: a folder without feature files (%s)", path, strings.Join(featureExtensions, ", "))
			}
		case err != nil && strings.ContainsAny(path, "*?["):
			if found, err = glob(path); err != nil || found == nil {
				return nil, fmt.Errorf("%s: no file matches", path)
			}
		default:
			out = append(out, path)
			continue
		}
		slices.SortStableFunc(found, compareNatural)
		out = append(out, found...)
	}
	return out, nil
}

// glob returns the files that match a pattern. A folder that exists is no pattern,
// whatever its name: only the rest is.
func glob(pattern string) ([]string, error) {
	dir, name := filepath.Split(pattern)
	entries, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		return filepath.Glob(pattern)
	}
	var found []string
	for _, e := range entries {
		ok, err := filepath.Match(name, e.Name())
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, filepath.Join(dir, e.Name()))
		}
	}
	return found, nil
}
