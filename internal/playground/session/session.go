// Package session is what the playground's page asks package pnc for: an experiment
// that is trained in slices and shown in frames. It knows nothing of browsers, so that
// the same code runs, and is tested, natively.
package session

import (
	"context"
	"slices"
	"time"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc"
)

// Session is one run of an experiment.
type Session struct {
	Config     Config
	Data       *pnc.Dataset
	experiment pnc.Experiment
	trainer    *pnc.Trainer // nil before it is needed
	maps       []*mat.Dense // to be like; nil for layers that had none
	first      *mat.Dense   // the map of the input, which training does not change
	told       int          // epochs whose loss was in a frame
}

// New returns the run of a configuration before its first step. What others have of
// the same data is taken from there, and maps are turned to be like those of the first
// of them, so that little moves on a page that a control changes. Others may be nil.
func New(c Config, others ...*Session) (*Session, error) {
	s := &Session{Config: c}
	var err error
	if s.experiment, err = c.Experiment(); err != nil {
		return nil, err
	}
	for _, o := range others {
		if o != nil && o.Config.sameData(c) {
			s.Data = o.Data
			break
		}
	}
	if s.Data == nil {
		if s.Data, err = s.experiment.Dataset(); err != nil {
			return nil, err
		}
	}
	for _, o := range others {
		if o != nil && slices.Equal(o.Data.Labels, s.Data.Labels) {
			s.maps = slices.Clone(o.maps)
			break
		}
	}
	return s, s.experiment.Check(s.Data)
}

// start makes the network and its trainer, which takes longer than the closed form.
func (s *Session) start() error {
	if s.trainer != nil {
		return nil
	}
	e := s.experiment
	settings := e.Train
	settings.Seed = e.Seed
	var err error
	s.trainer, err = pnc.NewTrainer(e.Net.Build(s.Data, e.Init, e.Seed), s.Data, &settings)
	return err
}

// sameData reports whether two configurations have the same data.
func (c Config) sameData(d Config) bool {
	only := func(c Config) Config {
		return Config{Data: c.Data, Classes: c.Classes, PerClass: c.PerClass, Dim: c.Dim, Noise: c.Noise, Common: c.Common, Seed: c.Seed}
	}
	return only(c) == only(d)
}

// Theory returns the closed form, nil where there is none.
func (s *Session) Theory() *pnc.Evaluation {
	law, ok := s.Config.law()
	if !ok {
		return nil
	}
	return pnc.PredictWith(s.Data, law, pnc.Scatter)
}

// Advance trains for some epochs, or until training ends or the time is up. It
// reports whether training is unfinished.
func (s *Session) Advance(epochs int, limit time.Duration) (bool, error) {
	if err := s.start(); err != nil {
		return false, err
	}
	begin := time.Now()
	for range epochs {
		// A run that diverges ends like any other; its status says so.
		if !s.trainer.Epoch(context.Background()) {
			return false, nil
		}
		if time.Since(begin) >= limit {
			break
		}
	}
	return s.trainer.Result().Status == 0, nil
}
