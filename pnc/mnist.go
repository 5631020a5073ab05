package pnc

import (
	"fmt"
	"math"
	"strings"

	"pnclab/internal/budget"
	"pnclab/pnc/internal/files"
	"pnclab/pnc/internal/idx"
	"pnclab/pnc/internal/samples"
)

// ReadIDX reads grey images, scaled to 0..1, and their labels from two files in
// the IDX format of MNIST, compressed with gzip or not. Classes are numbered from
// 0 to the largest label. It returns an error that names the file if one is
// missing, damaged or in another format, if the numbers of labels and images differ,
// or if a class has no image.
func ReadIDX(images, labels string) (*Dataset, error) {
	x, size, err := readIDX(images, 3, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	// A label is a byte of its file and eight in memory.
	const header, inMemory = 8, 9
	y, _, err := readIDX(labels, 1, header+max(0, budget.Memory(size)-int64(len(x.Data)))/inMemory)
	if err != nil {
		return nil, err
	}
	if x.Dims[0] != y.Dims[0] {
		return nil, fmt.Errorf("%s has %d labels, but %s has %d images", labels, y.Dims[0], images, x.Dims[0])
	}
	if len(x.Data) == 0 {
		return nil, fmt.Errorf("%s: no images", images)
	}
	classes, list := 0, make([]int, len(y.Data))
	for i, k := range y.Data {
		list[i] = int(k)
		classes = max(classes, list[i]+1)
	}
	return newDataset(labels, samples.NewPixels(x.Data, 1, x.Dims[1], x.Dims[2]), list, numberNames(classes))
}

// readIDX reads a file that must hold an array of the given number of dimensions, in
// at most that many bytes. It also returns the size of the file.
func readIDX(path string, dims int, most int64) (*idx.Array, int64, error) {
	f, err := files.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	a, err := idx.Read(f, min(f.Most, most))
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w; get the file again", path, err)
	}
	if len(a.Dims) != dims {
		kind := map[int]string{1: "labels", 3: "images"}
		return nil, 0, fmt.Errorf("%s: an array of %d dimensions; %s have %d", path, len(a.Dims), kind[dims], dims)
	}
	return a, f.Size, nil
}

// openIDX reads a part of a data set in the format of MNIST, with ten classes.
func openIDX(names []string) func(part, []string) (*Dataset, error) {
	return func(_ part, paths []string) (*Dataset, error) {
		data, err := decodeOnce("IDX", paths, func() (*Dataset, error) { return ReadIDX(paths[0], paths[1]) })
		if err != nil {
			return nil, err
		}
		if data.K() != len(names) {
			return nil, fmt.Errorf("%s: labels up to %d; there are %d classes", paths[1], data.K()-1, len(names))
		}
		data.ClassNames = names
		return data, nil
	}
}

// mnist returns the set of handwritten digits of LeCun, Cortes and Burges.
func mnist() publicData {
	return publicData{
		name: "mnist", title: "MNIST", folders: []string{"MNIST/raw"}, flat: true, read: openIDX(numberNames(10)),
		parts: []part{
			{"train", "training set", 60000, []files.File{
				mnistFile("train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
				mnistFile("train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
			}},
			{"test", "test set", 10000, []files.File{
				mnistFile("t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
				mnistFile("t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
			}},
		},
	}
}

func mnistFile(name string, size int64, sum string) files.File {
	return files.File{Name: name, Patterns: idxNames(name), Size: size, SHA256: sum, URLs: []string{
		"https://storage.googleapis.com/cvdf-datasets/mnist/" + name,
		"https://ossci-datasets.s3.amazonaws.com/mnist/" + name,
	}}
}

// idxNames returns the names under which a file of MNIST is found: compressed or not,
// and as some mirrors write it, train-images.idx3-ubyte.
func idxNames(name string) []string {
	plain := strings.TrimSuffix(name, ".gz")
	dotted := strings.Replace(plain, "-idx", ".idx", 1)
	return []string{name, plain, dotted, dotted + ".gz"}
}

// fashionMNIST returns the set of pictures of clothes of Xiao, Rasul and Vollgraf, in
// the format of MNIST and with the same names of files. A sample is what somebody
// cut from it.
func fashionMNIST() publicData {
	return publicData{
		name: "fashion-mnist", title: "FashionMNIST", folders: []string{"FashionMNIST/raw"},
		read: openIDX([]string{"T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"}),
		parts: []part{
			{"train", "training set", 60000, []files.File{
				fashionFile("train-images-idx3-ubyte.gz", 26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
				fashionFile("train-labels-idx1-ubyte.gz", 29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
			}},
			{"test", "test set", 10000, []files.File{
				fashionFile("t10k-images-idx3-ubyte.gz", 4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
				fashionFile("t10k-labels-idx1-ubyte.gz", 5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
			}},
			{"sample", "sample", 0, []files.File{
				{Name: "sample-images-idx3-ubyte.gz", Patterns: []string{"sample*-images-idx3-ubyte.gz", "sample*-images-idx3-ubyte"}},
				{Name: "sample-labels-idx1-ubyte.gz", Patterns: []string{"sample*-labels-idx1-ubyte.gz", "sample*-labels-idx1-ubyte"}},
			}},
		},
	}
}

func fashionFile(name string, size int64, sum string) files.File {
	return files.File{Name: name, Patterns: idxNames(name), Size: size, SHA256: sum, URLs: []string{
		"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/" + name,
		"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/" + name,
	}}
}
