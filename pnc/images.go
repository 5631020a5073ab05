package pnc

import (
	"fmt"
	"slices"

	"pnclab/pnc/internal/files"
)

// Images are real images where these are available, and [Glyphs] otherwise: data for
// a notebook that must run everywhere. The Name of the data says which, and
// StandIn is set for Glyphs. It tries, in
// this order, the training set, the test set or a sample of Set on this machine, a
// download of at most 64 MB (disabled by PNC_OFFLINE=1; after a failure, none is
// tried for ten minutes), and Glyphs.
type Images struct {
	// Set is the name of a set of images that [Available] lists: "mnist",
	// "fashion-mnist", "cifar-10" or "cifar-100". Empty means "mnist".
	Set string
	// PerClass is the number of images of every class, drawn at random with the
	// seed, or as many as every class has if these are fewer; 0 means 100.
	PerClass int
	// Standardize shifts and scales the pixels, each colour separately, to mean 0
	// and variance 1.
	Standardize bool
}

// Generate reads or draws the images.
func (s Images) Generate(seed int) (*Dataset, error) {
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
		data.StandIn = set.title
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

// find returns the set and its available part with its files; no paths mean Glyphs.
func (s Images) find() (set publicData, p part, paths []string, err error) {
	if set, err = imageSet(s.Set); err != nil {
		return set, p, nil, err
	}
	p, paths, err = set.findAny()
	return set, p, paths, err
}
