package session

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc"
)

// Parts says what a frame shows beside C, D and the loss.
type Parts struct {
	Maps     bool // the features of every layer in the plane
	Spectrum bool // the singular values of every weight matrix
}

// Frame is what a page shows of a moment of training.
type Frame struct {
	Epoch          int
	Loss, Accuracy float64 // NaN before the first epoch
	Status         pnc.Status
	Losses         []float64 // of the epochs since the frame before
	// Measures of layers 0..L-1.
	C, D, Within, Between []float64
	Maps                  []*mat.Dense // N×2 each; nil if not asked for or not finite
	Spectra               [][]float64  // of W_1..W_L, descending; nil if not asked for
}

// Frame measures the moment. Maps are turned to be like those of the frame before,
// and those of the first frame like those of the run before, or the layer before.
func (s *Session) Frame(parts Parts) (*Frame, error) {
	if err := s.start(); err != nil {
		return nil, err
	}
	r := s.trainer.Result()
	f := &Frame{Epoch: r.Epochs, Loss: r.Loss, Accuracy: r.Accuracy, Status: r.Status, Losses: r.History.Loss[s.told:]}
	s.told = len(r.History.Loss)
	if r.Epochs == 0 {
		f.Loss, f.Accuracy = math.NaN(), math.NaN()
	}
	ev, err := s.trainer.Measure(context.Background(), &pnc.MeasureOptions{Measures: pnc.Scatter})
	if err != nil {
		return nil, err
	}
	f.C, f.D = ev.C(), ev.D()
	for _, m := range ev.Layers {
		f.Within, f.Between = append(f.Within, m.TrSigmaW), append(f.Between, m.TrSigmaB)
	}
	if parts.Maps && drawable(ev) {
		f.Maps = s.pictures()
	}
	if parts.Spectrum {
		for _, l := range s.trainer.Network().Layers {
			f.Spectra = append(f.Spectra, singularValues(l.W))
		}
	}
	return f, nil
}

// drawable reports whether all class means differ, and are finite: a diverged network
// or one that maps everything to zero has no picture.
func drawable(ev *pnc.Evaluation) bool {
	for _, c := range ev.C() {
		if math.IsNaN(c) || math.IsInf(c, 0) {
			return false
		}
	}
	return true
}

// pictures draws the features of layers 0..L-1.
func (s *Session) pictures() []*mat.Dense {
	features := s.trainer.Network().Forward(s.Data)
	depth := len(features) - 1
	for len(s.maps) < depth {
		s.maps = append(s.maps, nil)
	}
	s.maps = s.maps[:depth]
	for l, z := range features[:depth] {
		like := s.maps[l]
		if like == nil && l > 0 {
			like = s.maps[l-1]
		}
		switch {
		case like == nil:
			s.maps[l] = pnc.ClassMap(z, s.Data.Labels, s.Data.K())
		case l > 0 || s.first == nil:
			s.maps[l] = pnc.ClassMapLike(like, z, s.Data.Labels, s.Data.K())
		}
		if l == 0 { // the input stays
			s.first = s.maps[0]
		}
	}
	return slices.Clone(s.maps)
}

// singularValues returns them in descending order, NaN if w is not finite.
func singularValues(w *mat.Dense) []float64 {
	r, c := w.Dims()
	values := make([]float64, min(r, c))
	norm := mat.Norm(w, 2)
	var svd mat.SVD
	if math.IsNaN(norm) || math.IsInf(norm, 0) || !svd.Factorize(w, mat.SVDNone) {
		for i := range values {
			values[i] = math.NaN()
		}
		return values
	}
	return svd.Values(values)
}
