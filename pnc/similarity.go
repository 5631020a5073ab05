//go:build !js

package pnc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
)

// LayerComparison compares the layers of two feature sets, which hold the same samples.
type LayerComparison struct {
	// A and B are the names of the feature sets, LayersA and LayersB those of their layers.
	A       string   `json:"a"`
	B       string   `json:"b"`
	LayersA []string `json:"layersA"`
	LayersB []string `json:"layersB"`
	// CKA and Procrustes have a row for every layer of A and a column for every layer of
	// B; nil if they were not requested, and NaN, null in JSON, for layers that are the
	// same for all samples up to rounding.
	CKA        layerMatrix `json:"cka,omitempty"`
	Procrustes layerMatrix `json:"procrustes,omitempty"`
}

// Similarity selects similarities and distances of layers.
type Similarity uint

const (
	// CKA is the linear centred kernel alignment, debiased: 1 for features that are the
	// same up to rotation, scale and shift, about 0 for unrelated ones. It takes 2048
	// samples, or fewer of more than 2²⁵ features, the same share of every class.
	CKA Similarity = 1 << iota
	// Procrustes is the distance that is left when one of the layers, both centred and
	// scaled to unit norm, is rotated to fit the other: 0 for features that are the same up
	// to rotation, scale and shift, √2 for unrelated ones. It takes 1024 samples, or fewer
	// as CKA does.
	Procrustes
)

// similarity is one of them: prepare makes of n samples z, row by row, with unit roundoff
// unit, what compare takes two of. What prepare returns is NaN for features that are the
// same for all samples up to rounding.
type similarity struct {
	which   Similarity
	name    string
	most    int // samples
	prepare func(z []float64, n int, unit float64) []float64
	compare func(a, b []float64, n int) float64
}

var similarities = []similarity{
	{CKA, "CKA", ckaSamples, linearKernel, func(a, b []float64, _ int) float64 { return floats.Dot(a, b) }},
	{Procrustes, "Procrustes distance", procrustesSamples, shapeOf, procrustesDistance},
}

// Similarity adds to ev, the evaluation of the features, the similarities of every layer
// with every other. A note says so if they are those of a part of the samples.
func (s *StoredFeatures) Similarity(ctx context.Context, ev *Evaluation, which Similarity, seed int) error {
	c, err := s.compare(ctx, s, which, seed)
	if err != nil {
		return err
	}
	if c.CKA != nil {
		ev.CKA = c.CKA
	}
	if c.Procrustes != nil {
		ev.Procrustes = c.Procrustes
	}
	return nil
}

// CompareLayers returns the similarities of every layer with every layer of other, which
// holds the same samples in the same order, see [StoredFeatures.SameSamples].
func (s *StoredFeatures) CompareLayers(ctx context.Context, other *StoredFeatures, which Similarity, seed int) (*LayerComparison, error) {
	if err := s.SameSamples(other); err != nil {
		return nil, err
	}
	return s.compare(ctx, other, which, seed)
}

// SameSamples returns an error that says where the labels of other differ if they do: if
// it cannot hold the same samples in the same order.
func (s *StoredFeatures) SameSamples(other *StoredFeatures) error {
	if a, b := len(s.labels.of), len(other.labels.of); a != b {
		return fmt.Errorf("%s has %d samples and %s %d; similarity takes the same samples in the same order", s.Name, a, other.Name, b)
	}
	name := func(f *StoredFeatures, i int) string {
		if k := f.labels.of[i]; k >= 0 {
			return f.labels.names[k]
		}
		return "that is left out"
	}
	for i := range s.labels.of {
		if a, b := name(s, i), name(other, i); a != b {
			return fmt.Errorf("sample %d has label %s in %s and %s in %s; similarity takes the same samples in the same order", i, a, s.Name, b, other.Name)
		}
	}
	return nil
}

// compare returns the similarities of layers with those of other, of the same samples.
func (s *StoredFeatures) compare(ctx context.Context, other *StoredFeatures, which Similarity, seed int) (*LayerComparison, error) {
	out := &LayerComparison{A: s.Name, B: other.Name, LayersA: s.Layers(), LayersB: other.Layers()}
	for _, how := range similarities {
		if which&how.which == 0 {
			continue
		}
		take, n := s.subsample(sampleLimit/max(s.widest(), other.widest()), how.most, seed)
		if n < 4 {
			return nil, fmt.Errorf("%s: %d samples; %s takes at least four", s.Name, n, how.name)
		}
		if n < s.labels.kept {
			s.Notes = append(s.Notes, fmt.Sprintf("%s: %s is that of %d of %d samples", s.Name, how.name, n, s.labels.kept))
		}
		prepared := func(f *StoredFeatures, i int) ([]float64, error) {
			z, _, err := f.rows(ctx, i, take, n)
			if err != nil {
				return nil, err
			}
			return how.prepare(z.RawMatrix().Data, n, f.layers[i].unit()), nil
		}
		var of [][]float64 // of s; those of other come one at a time
		for i := range s.layers {
			p, err := prepared(s, i)
			if err != nil {
				return nil, err
			}
			of = append(of, p)
		}
		m := make(layerMatrix, len(of))
		for i := range m {
			m[i] = make([]float64, len(other.layers))
		}
		for j := range other.layers {
			b := []float64(nil)
			if s == other {
				b = of[j]
			} else {
				var err error
				if b, err = prepared(other, j); err != nil {
					return nil, err
				}
			}
			for i, a := range of {
				if s == other && i > j {
					break
				}
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				m[i][j] = math.NaN()
				if !math.IsNaN(a[0]) && !math.IsNaN(b[0]) {
					m[i][j] = how.compare(a, b, n)
				}
				if s == other {
					m[j][i] = m[i][j]
				}
			}
		}
		if how.which == CKA {
			out.CKA = m
		} else {
			out.Procrustes = m
		}
	}
	return out, nil
}

// normalizeRows subtracts from n samples z, row by row, their mean, scales them to unit
// Frobenius norm, and reports whether more was left than the rounding of features with
// unit roundoff unit may cause: whether the root mean square deviation exceeded uR, and
// 3·2⁻⁵³R of the arithmetic, with R that of the features.
func normalizeRows(z []float64, n int, unit float64) bool {
	d := len(z) / n
	size := floats.Norm(z, 2)
	first := append([]float64(nil), z[:d]...) // of features that are all the same nothing is left
	mean := make([]float64, d)
	for i := range n {
		row := z[i*d : (i+1)*d]
		floats.Sub(row, first)
		floats.AddScaled(mean, 1/float64(n), row)
	}
	for i := range n {
		floats.Sub(z[i*d:(i+1)*d], mean)
	}
	left := floats.Norm(z, 2)
	if !(left > (unit+3*unit64)*size) {
		return false
	}
	floats.Scale(1/left, z)
	return true
}
