package pnc

import (
	"fmt"
	"path/filepath"
	"strings"

	"pnclab/pnc/internal/cifar"
	"pnclab/pnc/internal/files"
	"pnclab/pnc/internal/samples"
)

// ReadCIFAR reads the binary version of CIFAR-10 or CIFAR-100 from path: the
// published archive, with or without compression, its unpacked directory, or a
// single file of records, such as data_batch_1.bin. From an archive or a directory
// it takes the training images, or the test images if test is set. It returns an
// error that names the file if one is missing, damaged or in another format.
func ReadCIFAR(path string, test bool) (*Dataset, error) {
	format, err := cifar.Detect(path)
	if err != nil {
		return nil, err
	}
	var images *cifar.Images
	if strings.HasSuffix(path, ".bin") {
		images, err = cifar.ReadBatch(path, format)
	} else {
		images, err = cifar.Read(path, format, test)
	}
	if err != nil {
		return nil, err
	}
	return cifarDataset(fmt.Sprintf("%s from %s", format.Title, filepath.Base(path)), images)
}

func cifarDataset(name string, images *cifar.Images) (*Dataset, error) {
	return newDataset(name, samples.NewPixels(images.Pixels, 3, 32, 32), images.Labels, images.Names)
}

// openCIFAR reads a part of a data set in one of the formats.
func openCIFAR(format cifar.Format) func(part, []string) (*Dataset, error) {
	return func(p part, paths []string) (*Dataset, error) {
		return decodeOnce(format.Title+" "+p.name, paths[:1], func() (*Dataset, error) {
			images, err := cifar.Read(paths[0], format, p.name == "test")
			if err != nil {
				return nil, err
			}
			return cifarDataset(paths[0], images)
		})
	}
}

// cifar10 returns the set of colour photographs of Krizhevsky (2009).
func cifar10() publicData {
	return publicData{
		name: "cifar-10", title: "CIFAR-10", flat: true, read: openCIFAR(cifar.Ten),
		parts: cifarParts(files.File{
			Name:     "cifar-10-binary.tar.gz",
			Patterns: []string{"cifar-10-binary*.tar.gz", "cifar-10-binary*.tar", "cifar-10-batches-bin"},
			Unread:   []string{"cifar-10-batches-py", "cifar-10-python.tar.gz"},
			URLs:     []string{"https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"},
			SHA256:   "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd", Size: 170052171,
		}),
	}
}

// cifar100 returns its companion in a hundred classes.
func cifar100() publicData {
	return publicData{
		name: "cifar-100", title: "CIFAR-100", flat: true, read: openCIFAR(cifar.Hundred),
		parts: cifarParts(files.File{
			Name:     "cifar-100-binary.tar.gz",
			Patterns: []string{"cifar-100-binary*.tar.gz", "cifar-100-binary*.tar", "cifar-100-binary"},
			Unread:   []string{"cifar-100-python", "cifar-100-python.tar.gz"},
			URLs:     []string{"https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"},
			SHA256:   "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec", Size: 168513733,
		}),
	}
}

// cifarParts returns the training and the test part, which share an archive.
func cifarParts(archive files.File) []part {
	return []part{
		{"train", "training set", 50000, []files.File{archive}},
		{"test", "test set", 10000, []files.File{archive}},
	}
}
