package pnc

import (
	"context"
	"fmt"
	"strings"
)

// ImageFiles are images of a published set, read from files:
//
//	mnist          handwritten digits (LeCun, Cortes, Burges), 11 MB
//	fashion-mnist  pictures of clothes (Xiao, Rasul, Vollgraf 2017), 31 MB
//	cifar-10       colour photographs in 10 classes (Krizhevsky 2009), 170 MB
//	cifar-100      the same in 100 classes, 169 MB
//
// The first two are 28×28 grey values in 0..1, 60,000 training and 10,000 test
// images, K = 10; the others are 32×32 values in 0..1 of red, then of green, then
// of blue, 50,000 and 10,000. The files are searched for as [Available] describes
// and downloaded if they are missing; PNC_OFFLINE=1 disables downloads. For images
// that may be missing, see [Images].
type ImageFiles struct {
	// Set is the name of the set; empty means "mnist".
	Set string
	// Split is "train" or "test"; empty means "train". For fashion-mnist it can also
	// be "sample", a user's selection from it in files sample*-images-idx3-ubyte.gz
	// and sample*-labels-idx1-ubyte.gz.
	Split string
	// PerClass is the number of images of every class, drawn at random with the
	// seed; 0 means all.
	PerClass int
	// Standardize shifts and scales the pixels, each colour separately, to mean 0
	// and variance 1.
	Standardize bool
}

// imageSets lists the sets of images.
func imageSets() []publicData { return []publicData{mnist(), fashionMNIST(), cifar10(), cifar100()} }

// imageSet returns the set of images with the given name; "" means mnist.
func imageSet(name string) (publicData, error) {
	if name == "" {
		return mnist(), nil
	}
	var names []string
	for _, d := range imageSets() {
		if d.name == name {
			return d, nil
		}
		names = append(names, d.name)
	}
	return publicData{}, fmt.Errorf("images: no set %q; available are %s", name, strings.Join(names, ", "))
}

// Generate reads the images and selects from them.
func (s ImageFiles) Generate(seed int) (*Dataset, error) {
	set, err := imageSet(s.Set)
	if err != nil {
		return nil, err
	}
	return set.generate(selection{s.Split, s.PerClass, s.Standardize}, seed)
}

// Load reads all images of the split, unchanged. Cancelling ctx aborts a download.
func (s ImageFiles) Load(ctx context.Context) (*Dataset, error) {
	set, err := imageSet(s.Set)
	if err != nil {
		return nil, err
	}
	return set.load(ctx, s.Split)
}

// Fingerprint identifies the contents of the files.
func (s ImageFiles) Fingerprint() (string, error) {
	set, err := imageSet(s.Set)
	if err != nil {
		return "", err
	}
	return set.fingerprint(s.Split)
}
