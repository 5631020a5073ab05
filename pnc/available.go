package pnc

import (
	"context"
	"fmt"
	"strings"

	"pnclab/pnc/internal/files"
)

// published lists the data sets there are loaders for.
func published() []publicData { return append(imageSets(), agNews()) }

// Availability says where a data set is and how large its download is.
type Availability struct {
	Name, Title string
	Splits      []SplitAvailability
}

// SplitAvailability says where one split of a data set is.
type SplitAvailability struct {
	Name string // the value of Split
	// Paths holds its files on this machine; nil if they are missing.
	Paths []string
	// Differs says in which way files are not those that were published, as far as
	// checksums tell, or which download is damaged, and therefore missing.
	Differs string
	// Download is the number of bytes to download if they are missing. Splits may
	// share a file.
	Download int64
}

// Checksum returns the SHA-256 over the contents of the files in hexadecimal, or "" if
// they are missing.
func (s SplitAvailability) Checksum() (string, error) {
	if s.Paths == nil {
		return "", nil
	}
	return files.Sum(s.Paths...)
}

// Available lists the data sets that have loaders. Files are searched for in the
// directory $PNC_DATA, in a folder named after the data set, in the one that
// torchvision makes (MNIST/raw) or, if their names are unambiguous, in the directory
// itself; then in pnclab/data in the user's cache
// directory. It returns an error if PNC_DATA is not a directory.
func Available() ([]Availability, error) {
	store, err := files.Default()
	if err != nil {
		return nil, err
	}
	var all []Availability
	for _, d := range published() {
		a := Availability{Name: d.name, Title: d.title}
		for _, p := range d.parts {
			s := SplitAvailability{Name: p.name}
			if paths, ok := store.Find(d.set(), p.files); ok {
				s.Paths, s.Differs = paths, differences(store, p, paths)
			} else if s.Download = size(p.files); p.size == 0 {
				continue // a split that is not published and that nobody has cut from it here
			} else if path, differs := store.Damaged(d.set(), p.files); path != "" {
				s.Differs = fmt.Sprintf("%s has %s", path, differs)
			}
			a.Splits = append(a.Splits, s)
		}
		all = append(all, a)
	}
	return all, nil
}

// Download fetches the missing files of the data set with the given name, one that
// [Available] lists, to pnclab/data in the user's cache directory and verifies their
// SHA-256, also of those that were downloaded earlier and have changed since. If progress
// is not nil, it is called with the number of bytes of a file received so far. Files that
// are found in $PNC_DATA are not downloaded, whatever they are: see
// [SplitAvailability.Differs].
func Download(ctx context.Context, name string, progress func(file string, done, total int64)) error {
	store, err := files.Default()
	if err != nil {
		return err
	}
	var names []string
	for _, d := range published() {
		if names = append(names, d.name); d.name != name {
			continue
		}
		for _, p := range d.parts {
			if p.size == 0 {
				continue // not published by its authors
			}
			if _, err := store.Get(ctx, d.set(), p.files, progress); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("no data set %q; available are %s", name, strings.Join(names, ", "))
}
