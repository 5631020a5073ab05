package pnc

import (
	"fmt"
	"slices"

	"pnclab/pnc/internal/files"
)

// News is [AGNews] where it is available, and [Topics] otherwise: data for a
// notebook that must run everywhere. The Name of the data says which,
// and StandIn is set for Topics. It tries, in
// this order, the training set or the test set of AGNews on this machine, a download
// of the training set (disabled by PNC_OFFLINE=1; after a failure, none is tried for
// ten minutes), and synthetic texts in the same number of classes, K = 4.
type News struct {
	// PerClass is the number of texts of every class, drawn at random with the seed,
	// or as many as every class has if these are fewer; 0 means 100.
	PerClass int
	// Dim is the dimension; 0 means 2048.
	Dim int
}

// Generate reads or generates the texts.
func (s News) Generate(seed int) (*Dataset, error) {
	if s.PerClass == 0 {
		s.PerClass = 100
	}
	p, paths, err := agNews().findAny()
	if err != nil {
		return nil, err
	}
	if paths == nil {
		data, err := Topics{Classes: 4, PerClass: s.PerClass, Vocabulary: s.Dim}.Generate(seed)
		if err != nil {
			return nil, err
		}
		data.Name += fmt.Sprintf(", since no %s was found", agNews().title)
		data.StandIn = agNews().title
		return data, nil
	}
	set := agNews()
	set.read = func(_ part, paths []string) (*Dataset, error) { return readNews(paths[0], Text{Dim: s.Dim}) }
	data, err := set.open(p, paths)
	if err != nil {
		return nil, err
	}
	perClass := min(s.PerClass, slices.Min(data.ClassSizes()))
	return data.selected(selection{PerClass: perClass}, seed)
}

// Fingerprint identifies the contents of the files, if news items were found.
func (s News) Fingerprint() (string, error) {
	p, paths, err := agNews().findAny()
	if err != nil || paths == nil {
		return "topics", err
	}
	sum, err := files.Sum(paths...)
	return p.name + " " + sum, err
}
