package pnc

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"pnclab/pnc/internal/files"
)

// publicData is a published data set stored in files.
type publicData struct {
	name    string // of its folder, and on the command line
	title   string // in text
	parts   []part // the training part first
	folders []string
	flat    bool // its files can be identified by name, without a folder
	read    func(p part, paths []string) (*Dataset, error)
}

// set says where to search for the files.
func (d publicData) set() files.Set {
	return files.Set{Name: d.name, Folders: d.folders, Flat: d.flat}
}

// part is a part of a data set that can be read on its own.
type part struct {
	name  string // the value of Split
	title string // what it is called: "training set"
	size  int    // the number of samples its authors published; 0 for any
	files []files.File
}

// selection holds the options that all sources of data from files share.
type selection struct {
	Split       string
	PerClass    int
	Standardize bool
}

// part returns the part with the given name; an empty name means training.
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
	return part{}, fmt.Errorf("%s: no split %q; available are %s", d.title, name, strings.Join(known, ", "))
}

// paths returns the files of one part and downloads them if necessary.
func (d publicData) paths(ctx context.Context, split string) (part, []string, error) {
	p, err := d.part(split)
	if err != nil {
		return p, nil, err
	}
	store, err := files.Default()
	if err != nil {
		return p, nil, err
	}
	paths, err := store.Get(ctx, d.set(), p.files, announce())
	if err != nil {
		for _, other := range d.parts {
			if _, ok := store.Find(d.set(), other.files); ok {
				err = fmt.Errorf("%w (the %s is available: Split %q)", err, other.title, other.name)
			}
		}
	}
	return p, paths, err
}

// announce returns a function that reports the progress of a download to observers.
func announce() files.Progress {
	var current string
	var began time.Time
	return func(name string, done, total int64) {
		if name != current {
			current, began = name, time.Now()
		}
		notify(Progress{Task: "downloading " + name, Done: done, Total: total, Unit: "bytes", Elapsed: time.Since(began)})
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

// open reads a part from the given files and names it accordingly. Where they are not
// those that were published, the data say so, and observers are told once.
func (d publicData) open(p part, paths []string) (*Dataset, error) {
	store, err := files.Default()
	if err != nil {
		return nil, err
	}
	data, err := d.read(p, paths)
	if err != nil {
		return nil, err
	}
	data.Differs = differences(store, p, paths)
	if data.Differs != "" && store.Mention(paths[0]) {
		notify(Warning(fmt.Sprintf("%s %s: the files are not those that were published: %s", d.title, p.title, data.Differs)))
	}
	data.Name = d.title + " " + p.title
	if p.size != 0 && data.Len() != p.size {
		data.Name += fmt.Sprintf(" (%d of %d)", data.Len(), p.size)
	}
	return data, nil
}

// differences says in which way the files of a part are not those that were published;
// "" if they are, or if no checksum tells.
func differences(store files.Store, p part, paths []string) string {
	var all []string
	for i, f := range p.files {
		if how := store.Check(f, paths[i]); how != "" {
			all = append(all, fmt.Sprintf("%s has %s", filepath.Base(paths[i]), how))
		}
	}
	return strings.Join(all, ", ")
}

// generate reads one part and draws from it.
func (d publicData) generate(s selection, seed int) (*Dataset, error) {
	data, err := d.load(context.Background(), s.Split)
	if err != nil {
		return nil, err
	}
	return data.selected(s, seed)
}

// selected returns PerClass samples of every class (0 means all), standardised if
// the selection says so.
func (d *Dataset) selected(s selection, seed int) (*Dataset, error) {
	if s.PerClass != 0 {
		sub, err := d.PerClass(s.PerClass, seed)
		if err != nil {
			return nil, err
		}
		sub.Name = fmt.Sprintf("%s, %d per class", d.Name, s.PerClass)
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

// largestUnasked bounds the size of downloads that the user did not request.
const largestUnasked = 64 << 20

// findAny returns the first available part of the set with its files, which may be
// downloaded if they are small. No paths mean that no part is available.
func (d publicData) findAny() (p part, paths []string, err error) {
	store, err := files.Default()
	if err != nil {
		return p, nil, err
	}
	for _, p := range d.parts {
		if paths, ok := store.Find(d.set(), p.files); ok {
			return p, paths, nil
		}
	}
	p = d.parts[0]
	if path, differs := store.Damaged(d.set(), p.files); path != "" {
		notify(Warning(fmt.Sprintf("%s is damaged (%s) and not used; to get it again: go run . data get %s", path, differs, d.name)))
	}
	if path := store.Unread(d.set(), p.files); path != "" {
		notify(Warning(fmt.Sprintf("%s is a version that only Python reads; %s has to be beside it", path, p.files[0].Name)))
	}
	if store.Offline || store.FailedLately() || size(p.files) > largestUnasked {
		return p, nil, nil
	}
	// Without a network connection, callers fall back on synthetic data.
	paths, _ = store.Get(context.Background(), d.set(), p.files, announce())
	return p, paths, nil
}

// size returns the number of bytes of files.
func size(list []files.File) (bytes int64) {
	for _, f := range list {
		bytes += f.Size
	}
	return bytes
}
