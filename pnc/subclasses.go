package pnc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/linalg"
	"pnclab/pnc/internal/random"
)

// Subclasses is data in which classes have parts: Classes·Parts prototypes, the
// columns of a random matrix with orthonormal columns, and around each of them
// PerPart samples with independent Gaussian noise. Prototype j belongs to class
// j / Parts. A network can be trained for the classes, and new classifiers on its
// features for the parts: the new task lies within the classes of the old, where a
// network compresses.
type Subclasses struct {
	Classes, Parts, PerPart, Dim int
	// Noise is the standard deviation of the noise as a share of the norm of a
	// prototype: each coordinate has Noise/√Dim.
	Noise float64
	// Fine labels the samples by prototype, with Classes·Parts labels, and not by
	// class.
	Fine bool `json:",omitempty"`
	// Draw tells draws of noise around the same prototypes apart: 0, 1, ... are
	// different samples of one distribution for one seed.
	Draw int `json:",omitempty"`
}

// Generate draws prototypes and noise from the seed.
func (s Subclasses) Generate(seed int) (*Dataset, error) {
	if err := checkSynthetic("classes with parts", s.Classes, s.PerPart, s.Dim); err != nil {
		return nil, err
	}
	prototypes := s.Classes * s.Parts
	if s.Parts < 1 || prototypes > s.Dim {
		return nil, fmt.Errorf("classes with parts: %d·%d orthonormal prototypes in dimension %d; there must be one at least, and no more than dimensions", s.Classes, s.Parts, s.Dim)
	}
	if s.Noise < 0 || math.IsNaN(s.Noise) || math.IsInf(s.Noise, 0) {
		return nil, fmt.Errorf("classes with parts: Noise is %v; it must be finite and not negative", s.Noise)
	}
	centres := linalg.Haar(s.Dim, prototypes, random.New(seed, random.Data))
	rnd := random.New(seed, random.Parts.Sub(s.Draw))
	x := mat.NewDense(prototypes*s.PerPart, s.Dim, nil)
	scale := s.Noise / math.Sqrt(float64(s.Dim))
	for i := range prototypes * s.PerPart {
		row := x.RawRowView(i)
		for j := range row {
			row[j] = centres.At(j, i/s.PerPart) + scale*rnd.NormFloat64()
		}
	}
	name := fmt.Sprintf("%d classes of %d parts, noise %g", s.Classes, s.Parts, s.Noise)
	if s.Fine {
		return NewDataset(name+", by part", x, blockLabels(prototypes, s.PerPart), prototypes)
	}
	return NewDataset(name, x, blockLabels(s.Classes, s.Parts*s.PerPart), s.Classes)
}
