package pnc

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"pnclab/pnc/internal/files"
)

// Images are real images where there are any, and [Glyphs] where there are none:
// data for a notebook that must run everywhere. The Name of the data says what
// it is. Of the set that is asked for it takes, in this order, the training set,
// the test set or a sample that is on this machine, a download of at most 64 MB
// (PNC_OFFLINE=1 forbids it; after one that failed, none is tried for ten
// minutes), or Glyphs.
type Images struct {
	// Set is the name of a set of images that [Available] lists: "mnist",
	// "fashion-mnist", "cifar-10" or "cifar-100". Empty means "mnist".
	Set string
	// PerClass is the number of images of every class, drawn at random with the
	// seed, or as many as there are of each if they are fewer; 0 means 100.
	PerClass int
	// Standardize shifts and scales the pixels, each colour by itself, to mean 0
	// and variance 1.
	Standardize bool
}

// largestUnasked bounds the downloads that nobody asked for.
const largestUnasked = 64 << 20

// Generate reads or draws the images.
func (s Images) Generate(seed uint64) (*Dataset, error) {
	if s.PerClass == 0 {
		s.PerClass = 100
	}
	set, p, paths, err := s.find()
	if err != nil {
		return nil, err
	}
	if paths == nil {
		data, err := Glyphs{PerClass: s.PerClass, Standardize: s.Standardize}.Generate(seed)
		if err != nil {
			return nil, err
		}
		data.Name += fmt.Sprintf(", since no %s was found", set.title)
		return data, nil
	}
	data, err := set.open(p, paths)
	if err != nil {
		return nil, err
	}
	perClass := min(s.PerClass, slices.Min(data.ClassSizes()))
	return data.selected(selection{PerClass: perClass, Standardize: s.Standardize}, seed)
}

// Fingerprint identifies the contents of the files, if real images were found.
func (s Images) Fingerprint() (string, error) {
	_, p, paths, err := s.find()
	if err != nil || paths == nil {
		return "glyphs", err
	}
	sum, err := files.Sum(paths...)
	return p.name + " " + sum, err
}

// find returns the set, and the part of it that there is with its files; no
// paths stand for Glyphs.
func (s Images) find() (set publicData, p part, paths []string, err error) {
	if s.Set == "" {
		s.Set = mnist.name
	}
	sets := []publicData{mnist, fashionMNIST, cifar10, cifar100}
	i := slices.IndexFunc(sets, func(d publicData) bool { return d.name == s.Set })
	if i < 0 {
		var names []string
		for _, d := range sets {
			names = append(names, d.name)
		}
		return set, p, nil, fmt.Errorf("images: no set %q; there are %s", s.Set, strings.Join(names, ", "))
	}
	set = sets[i]
	p, paths, err = set.findAny()
	return set, p, paths, err
}

// findAny returns the first part of the set that there is with its files, which
// may be downloaded if they are small; no paths stand for nothing.
func (d publicData) findAny() (p part, paths []string, err error) {
	store, err := files.Default()
	if err != nil {
		return p, nil, err
	}
	for _, p := range d.parts {
		if paths, ok := store.Find(d.name, d.flat, p.files); ok {
			return p, paths, nil
		}
	}
	p = d.parts[0]
	if store.Offline || store.FailedLately() || size(p.files) > largestUnasked {
		return p, nil, nil
	}
	// Without a network data are made; that is what they are for.
	paths, _ = store.Get(context.Background(), d.name, d.flat, p.files, announce())
	return p, paths, nil
}
