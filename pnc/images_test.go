package pnc

import (
	"strings"
	"testing"
)

func TestImages(t *testing.T) {
	dir := tempData(t)
	check := func(spec Images, name string, n int) string {
		t.Helper()
		data, err := spec.Generate(1)
		if err != nil {
			t.Fatal(err)
		}
		if data.Name != name || data.Len() != n {
			t.Errorf("got %v, want %s with %d", data, name, n)
		}
		return Must(spec.Fingerprint())
	}
	seen := map[string]bool{
		check(Images{PerClass: 2}, "Glyphs (rendered digits), 2 per class, since no MNIST was found", 20): true,
	}
	for _, step := range []struct{ prefix, name string }{
		{"t10k", "MNIST test set (30 of 10000), 2 per class"},
		{"train", "MNIST training set (30 of 60000), 2 per class"},
	} {
		tinyMNIST(t, 3, dir, "mnist", step.prefix)
		seen[check(Images{PerClass: 2}, step.name, 20)] = true
	}
	if len(seen) != 3 {
		t.Errorf("three sources have the fingerprints %v", seen)
	}
	// What is made of a stand-in is one too; real images are none.
	for spec, want := range map[Images]string{{Set: "cifar-10", PerClass: 4}: "CIFAR-10", {PerClass: 2}: ""} {
		for _, source := range []Source{
			spec, Images{Set: spec.Set, PerClass: spec.PerClass, Standardize: true}, Portion{Of: spec, To: 0.5},
			OnlyClasses{Of: spec, Classes: []int{1, 2}}, Relabeled{Of: spec, To: []int{0, 1, 0, 1, 0, 1, 0, 1, 0, 1}},
		} {
			if data := Must(source.Generate(1)); data.StandIn != want {
				t.Errorf("%T of %v: a stand-in for %q, want %q", source, data, data.StandIn, want)
			}
		}
		data := Must(spec.Generate(1))
		about, note, _ := strings.Cut(data.Describe(), "\n")
		if about != data.String() || (want != "") != strings.Contains(note, "not CIFAR-10: what is said about it is not tested here. To get it: go run . data get cifar-10") {
			t.Errorf("%v is described as %q", data, data.Describe())
		}
	}

	// If there are fewer images than PerClass, all are taken.
	check(Images{}, "MNIST training set (30 of 60000), 3 per class", 30)

	tinyMNIST(t, 2, dir, "fashion-mnist", "sample900")
	check(Images{Set: "fashion-mnist", PerClass: 1}, "FashionMNIST sample, 1 per class", 10)
	check(Images{Set: "cifar-100", PerClass: 1}, "Glyphs (rendered digits), 1 per class, since no CIFAR-100 was found", 10)
}

// Damaged files are an error, not a reason to use other data.
func TestImagesBad(t *testing.T) {
	dir := tempData(t)
	writeFile(t, []byte("x"), dir, "mnist", "train-images-idx3-ubyte")
	writeFile(t, []byte("x"), dir, "mnist", "train-labels-idx1-ubyte")
	_, err := Images{}.Generate(1)
	expectError(t, "damaged", err, "train-images-idx3-ubyte: truncated")
	_, err = Images{Set: "imagenet"}.Generate(1)
	expectError(t, "unknown", err, `images: no set "imagenet"; available are mnist, fashion-mnist, cifar-10, cifar-100`)
	t.Setenv("PNC_DATA", "nowhere")
	_, err = Images{}.Generate(1)
	expectError(t, "PNC_DATA", err, "PNC_DATA=nowhere: no such directory")
	if _, err = (Images{}).Fingerprint(); err == nil || !strings.Contains(err.Error(), "PNC_DATA") {
		t.Errorf("fingerprint: %v", err)
	}
}
