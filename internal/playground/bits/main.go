// Command bits prints digests of everything that the playground shows of a number of
// runs. Compiled natively with the tag noasm and to WebAssembly it prints the same
// text, which a test of package playground demands.
package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math"
	"os"
	"time"

	"pnclab/internal/playground/session"
)

// runs are the configurations, as changes of the default one: every kind of data,
// network and loss that the page has.
var runs = []struct {
	name   string
	change func(*session.Config)
}{
	{"theorem", func(*session.Config) {}},
	{"small scale", func(c *session.Config) { c.Scale, c.Epochs = 0.15, 300 }},
	{"common part, momentum", func(c *session.Config) { c.Common, c.Momentum = 0.6, 0.5 }},
	{"wide", func(c *session.Config) { c.Width = 60 }},
	{"narrow", func(c *session.Config) { c.Width, c.Seed = 20, 7 }},
	{"cross-entropy", func(c *session.Config) { c.Loss, c.Alpha, c.Epochs = "cross-entropy", 1, 200 }},
	{"Gaussian", func(c *session.Config) { c.Data = "gaussian" }},
	{"blobs", func(c *session.Config) { c.Data, c.Epochs = "blobs", 200 }},
	{"MLP", func(c *session.Config) { c.Net, c.Depth, c.Scale, c.Alpha, c.Epochs = "mlp", 9, 0.1, 1, 100 }},
	{"hybrid", func(c *session.Config) { c.Net, c.Alpha, c.Epochs = "hybrid", 1, 100 }},
	{"MLP, cross-entropy", func(c *session.Config) {
		c.Net, c.Scale, c.Alpha, c.Loss, c.Epochs = "mlp", 0.1, 1, "cross-entropy", 100
	}},
	{"digits", func(c *session.Config) {
		c.Data, c.Net, c.Depth, c.PerClass, c.Scale, c.Alpha, c.LearningRate, c.Epochs = "digits", "mlp", 4, 6, 0.1, 1, 0.001, 20
	}},
}

func main() {
	for _, r := range runs {
		c := session.Default()
		r.change(&c)
		text, err := digest(c)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", r.name, err)
			os.Exit(1)
		}
		fmt.Printf("%s: %s\n", r.name, text)
	}
}

// digest trains and returns a line about the end of the run and its closed form.
func digest(c session.Config) (string, error) {
	s, err := session.New(c)
	if err != nil {
		return "", err
	}
	first, err := s.Frame(session.Parts{Maps: true})
	if err != nil {
		return "", err
	}
	if _, err := s.Advance(c.Epochs, time.Hour); err != nil {
		return "", err
	}
	f, err := s.Frame(session.Parts{Maps: true, Spectrum: true})
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for l := range f.Maps {
		write(h, first.Maps[l].RawMatrix().Data)
		write(h, f.Maps[l].RawMatrix().Data)
	}
	for _, values := range f.Spectra {
		write(h, values)
	}
	for _, values := range [][]float64{f.Losses, f.C, f.D, f.Within, f.Between} {
		write(h, values)
	}
	if law := s.Theory(); law != nil {
		write(h, law.C())
		write(h, law.D())
	}
	return fmt.Sprintf("epoch %d, loss %x, C %x, digest %x", f.Epoch, f.Loss, f.C, h.Sum(nil)[:8]), nil
}

// write hashes the bits of numbers.
func write(h hash.Hash, values []float64) {
	for _, v := range values {
		h.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))
	}
}
