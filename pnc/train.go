package pnc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// Train trains net in place on data and returns a description of the run. Nil
// settings mean the zero value.
//
// The error is nil if training converged or reached a limit. It is the context's
// error if the context was cancelled, and wraps [ErrDiverged] and names the step if
// the loss became NaN or infinite; the Result then describes the run up to that
// point, and net holds the weights reached. Invalid settings are an error with a nil
// Result. It panics if the network does not fit the data.
//
// Cancelling the context takes effect before the next step, or the next batch of a
// measurement. If Settings.Checkpoint names a file, the run is then saved to it. A
// file that cannot be written is a [Warning].
func Train(ctx context.Context, net *Network, data *Dataset, settings *Settings) (*Result, error) {
	t, err := NewTrainer(net, data, settings)
	if err != nil {
		return nil, err
	}
	if file := t.settings.Checkpoint; file != "" {
		if err := t.Resume(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return t.run(ctx)
}

// checkpointEvery is the minimum time between two checkpoints of a run. Tests change
// it.
var checkpointEvery = 30 * time.Second

// run takes all steps.
func (t *Trainer) run(ctx context.Context) (*Result, error) {
	defer t.clock()()
	file := t.settings.Checkpoint
	save := func() {
		if err := t.Save(file); err != nil {
			notify(Warning(fmt.Sprintf("%v; training continues without checkpoints", err)))
			file = ""
		} else if t.saved != nil {
			t.saved(file)
		}
	}
	tell := t.teller(ctx)
	for saved := t.started; t.step(ctx); {
		tell()
		if file != "" && t.result.Status == 0 && time.Since(saved) >= checkpointEvery {
			save()
			saved = time.Now()
		}
	}
	r, err := t.Result(), t.err
	if file != "" && (r.Status == TimeLimit || err != nil && r.Status == 0) {
		save() // for a later run that continues
	}
	if err != nil && r.Status == 0 {
		r.Status = Cancelled
	}
	t.Network()
	tell()
	if t.settings.Recorder != nil {
		if e := t.settings.Recorder.Record(t.State()); err == nil {
			err = e
		}
	}
	return r, err
}

// teller returns a function that tells observers how far training is, to be called after
// every step and at the end. A Recorder knows it already.
func (t *Trainer) teller(ctx context.Context) (tell func()) {
	if t.settings.Recorder != nil || !tellsProgress(ctx) {
		return func() {}
	}
	next, told := t.started.Add(tellAfter), false
	return func() {
		switch t.result.Status {
		case 0:
			now := time.Now()
			if now.Before(next) {
				return
			}
			next, told = now.Add(tellEvery), true
			notify(t.State().Progress())
		case Converged, EpochLimit, TimeLimit:
			if told {
				p := t.State().Progress()
				p.Total = p.Done // whichever limit it was
				notify(p)
				told = false
			}
		}
	}
}
