package pnc

import (
	"fmt"
	"runtime"
	"sync"

	"pnclab/pnc/internal/glyphs"
	"pnclab/pnc/internal/random"
	"pnclab/pnc/internal/samples"
)

// Glyphs are images of the digits 0 to 9, drawn from the outlines of ten
// fonts with a random warp, blur, stroke width and noise: data that look and behave
// like scanned digits and need no file. They are 28×28 grey values in 0..1, K = 10
// classes of the same size, ordered by class.
//
// Different seeds give different samples of the same distribution, so that one seed
// can be used for training and another for testing.
type Glyphs struct {
	// PerClass is the number of images of every digit; 0 means 100.
	PerClass int
	// Variation scales all distortions; 0 means 1, which makes the images about
	// as hard as MNIST for a linear classifier.
	Variation float64
	// Standardize shifts and scales the pixels to mean 0 and variance 1.
	Standardize bool
}

// Generate draws the images. Every image has its own random numbers, so that the
// first images of a class do not depend on PerClass, and nothing depends on the
// number of processors.
func (g Glyphs) Generate(seed int) (*Dataset, error) {
	pixels, digits, _, err := g.draw(seed)
	if err != nil {
		return nil, err
	}
	return g.dataset("Glyphs (rendered digits), %d per class", pixels, digits, numberNames(10))
}

// draw returns the images, their digits and their fonts.
func (g *Glyphs) draw(seed int) (pixels []uint8, digits, fonts []int, err error) {
	if g.PerClass == 0 {
		g.PerClass = 100
	}
	if g.Variation == 0 {
		g.Variation = 1
	}
	if g.PerClass < 0 || g.Variation < 0 {
		return nil, nil, nil, fmt.Errorf("glyphs: PerClass %d and Variation %v must not be negative", g.PerClass, g.Variation)
	}
	const classes, area = 10, glyphs.Size * glyphs.Size
	n := classes * g.PerClass
	pixels, digits, fonts = make([]uint8, n*area), make([]int, n), make([]int, n)
	draw := func(i int) {
		digit, member := i/g.PerClass, i%g.PerClass
		digits[i] = digit
		image := member*classes + digit
		fonts[i] = glyphs.Draw(pixels[i*area:(i+1)*area], digit, g.Variation, random.New(seed, random.Data.Sub(image)))
	}
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				draw(i)
			}
		})
	}
	wg.Wait()
	return pixels, digits, fonts, nil
}

// dataset labels the images. The name is a format for their number for each digit.
func (g *Glyphs) dataset(name string, pixels []uint8, labels []int, names []string) (*Dataset, error) {
	data, err := newDataset(fmt.Sprintf(name, g.PerClass), samples.NewPixels(pixels, 1, glyphs.Size, glyphs.Size), labels, names)
	if err == nil && g.Standardize {
		data = data.Standardize()
	}
	return data, err
}
