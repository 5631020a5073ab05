package pnc

import (
	"context"
	"fmt"
	"os"
	"strings"

	"pnclab/pnc/internal/files"
)

// publicData is a published data set that is kept in files.
type publicData struct {
	name  string // of its folder, and on the command line
	title string // in text
	parts []part // the training part first
	flat  bool   // its files are known by their names without a folder
	read  func(p part, paths []string) (*Dataset, error)
}

// part is a part of a data set that is read by itself.
type part struct {
	name  string // the value of Split
	title string // what it is called: "training set"
	size  int    // the number of samples its authors published; 0 for any
	files []files.File
}

// published lists the data sets there are loaders for.
func published() []publicData {
	return []publicData{mnist, fashionMNIST, cifar10, cifar100, agNews}
}

// selection is what the specifications of data from files have in common.
type selection struct {
	Split       string
	PerClass    int
	Standardize bool
}

// part returns the part with the given name; an empty name stands for the
// training part.
func (d publicData) part(name string) (part, error) {
	if name == "" {
		name = "train"
	}
	var known []string
	for _, p := range d.parts {
		if p.name == name {
			return p, nil
		}
		known = append(known, p.name)
	}
	return part{}, fmt.Errorf("%s: no split %q; there are %s", d.title, name, strings.Join(known, ", "))
}

// paths returns the files of one part, which are downloaded if need be.
func (d publicData) paths(ctx context.Context, split string) (part, []string, error) {
	p, err := d.part(split)
	if err != nil {
		return p, nil, err
	}
	store, err := files.Default()
	if err != nil {
		return p, nil, err
	}
	paths, err := store.Get(ctx, d.name, d.flat, p.files, announce())
	if err != nil {
		for _, other := range d.parts {
			if _, ok := store.Find(d.name, d.flat, other.files); ok {
				err = fmt.Errorf("%w (the %s is there: Split %q)", err, other.title, other.name)
			}
		}
	}
	return p, paths, err
}

// announce returns a progress that prints a line for every file, so that nobody
// wonders what takes so long.
func announce() files.Progress {
	last := ""
	return func(name string, _, total int64) {
		if name != last {
			fmt.Fprintf(os.Stderr, "downloading %s (%.1f MB)\n", name, float64(total)/1e6)
			last = name
		}
	}
}

// load reads all samples of one part.
func (d publicData) load(ctx context.Context, split string) (*Dataset, error) {
	p, paths, err := d.paths(ctx, split)
	if err != nil {
		return nil, err
	}
	return d.open(p, paths)
}

// open reads a part from the given files and names it for what it is.
func (d publicData) open(p part, paths []string) (*Dataset, error) {
	data, err := d.read(p, paths)
	if err != nil {
		return nil, err
	}
	data.Name = d.title + " " + p.title
	if p.size != 0 && data.Len() != p.size {
		data.Name += fmt.Sprintf(" (%d of %d)", data.Len(), p.size)
	}
	return data, nil
}

// generate reads one part and draws from it.
func (d publicData) generate(s selection, seed uint64) (*Dataset, error) {
	data, err := d.load(context.Background(), s.Split)
	if err != nil {
		return nil, err
	}
	return data.selected(s, seed)
}

// selected returns PerClass samples of every class, or all for 0, standardised
// if asked for.
func (d *Dataset) selected(s selection, seed uint64) (*Dataset, error) {
	if s.PerClass != 0 {
		sub, err := d.PerClass(s.PerClass, seed)
		if err != nil {
			return nil, err
		}
		sub.Name = fmt.Sprintf("%s, %d a class", d.Name, s.PerClass)
		d = sub
	}
	if s.Standardize {
		d = d.Standardize()
	}
	return d, nil
}

// fingerprint identifies the contents of the files of one part.
func (d publicData) fingerprint(split string) (string, error) {
	_, paths, err := d.paths(context.Background(), split)
	if err != nil {
		return "", err
	}
	return files.Sum(paths...)
}

// Availability says where a data set is and what it takes to get it.
type Availability struct {
	Name, Title string
	Splits      []SplitAvailability
}

// SplitAvailability says where one split of a data set is.
type SplitAvailability struct {
	Name string // the value of Split
	// Paths holds its files on this machine; nil if they are not there.
	Paths []string
	// Download is the number of bytes to download if they are not there. Splits may
	// share a file.
	Download int64
}

// Available lists the data sets there are loaders for. Files are looked for in
// the directory $PNC_DATA, in a folder named after the data set or, for names
// that say what they are, in the directory itself; then in pnclab/data in the
// user's cache directory. It returns an error if PNC_DATA is not a directory.
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
			if paths, ok := store.Find(d.name, d.flat, p.files); ok {
				s.Paths = paths
			} else if s.Download = size(p.files); p.size == 0 {
				continue // not published, and nobody made one
			}
			a.Splits = append(a.Splits, s)
		}
		all = append(all, a)
	}
	return all, nil
}

// Download fetches what is missing of the data set with the given name, one that
// [Available] lists, to pnclab/data in the user's cache directory and checks it
// by its SHA-256. A progress that is not nil is told how many bytes of a file
// have arrived. Files that are found in $PNC_DATA are not downloaded.
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
				continue // nothing its authors published
			}
			if _, err := store.Get(ctx, d.name, d.flat, p.files, progress); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("no data set %q; there are %s", name, strings.Join(names, ", "))
}

// size returns the number of bytes of files.
func size(list []files.File) (bytes int64) {
	for _, f := range list {
		bytes += f.Size
	}
	return bytes
}
