package pnc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"pnclab/internal/userdir"
)

// Run trains and measures, or returns the outcome of an earlier run of the same
// experiment, see [CacheDir], or waits for one that is under way elsewhere and
// returns its outcome. The error is that of the data, of an impossible architecture
// or of [Train]. The outcome of a run that diverged or was cancelled is returned
// with its error and not cached. A run stopped by TimeLimit is not cached either:
// the next one continues from there. A cache that cannot be used is a [Warning], not
// an error.
func (e Experiment) Run(ctx context.Context) (*Outcome, error) { return e.obtain(ctx, true, nil) }

// ErrClaimed says that an experiment is under way elsewhere, in this process or another.
var ErrClaimed = errClaimed

// TryRun is Run for one of several processes that share experiments: it returns
// [ErrClaimed] at once if the experiment is under way elsewhere, and calls begin, unless
// it is nil, if it has to train. Observers are not told its progress.
func (e Experiment) TryRun(ctx context.Context, begin func()) (*Outcome, error) {
	return e.obtain(withoutProgress(ctx), false, begin)
}

// obtain is Run. Without wait it returns errClaimed at once if the experiment is
// under way elsewhere. It calls begin, unless it is nil, before it trains.
func (e Experiment) obtain(ctx context.Context, wait bool, begin func()) (*Outcome, error) {
	key, err := e.Key()
	if err != nil {
		return nil, err
	}
	if o := cached(key); o != nil {
		o.Experiment = e
		return o, nil
	}
	release, err := claim(ctx, key, wait)
	if err != nil {
		return nil, err
	}
	defer release()
	if o := cached(key); o != nil { // by now
		o.Experiment = e
		return o, nil
	}
	if begin != nil {
		begin()
	}
	o, err := e.run(ctx, checkpointFile(key))
	if err == nil && o.Result.Status != TimeLimit {
		store(key, o)
	}
	return o, err
}

// run trains and measures. During training its state is saved to the checkpoint
// file, if one is given.
func (e Experiment) run(ctx context.Context, checkpoint string) (*Outcome, error) {
	data, err := e.Dataset()
	if err != nil {
		return nil, err
	}
	if err := e.Check(data); err != nil {
		return nil, err
	}
	s := e.Train
	s.Seed, s.Checkpoint = e.Seed, checkpoint
	if s.Measures == 0 {
		s.Measures = e.Measures
	}
	o := &Outcome{Experiment: e, Network: e.Net.Build(data, e.Init, e.Seed)}
	if err := e.Transfer.check(o.Network.Depth()); err != nil {
		return nil, err
	}
	t, err := NewTrainer(o.Network, data, &s)
	if err != nil {
		return o, err
	}
	if checkpoint != "" {
		if err := t.Resume(checkpoint); err != nil && !errors.Is(err, fs.ErrNotExist) {
			// A bad checkpoint must not block this experiment forever.
			notify(Warning(fmt.Sprintf("%v; training starts from the beginning", err)))
			os.Remove(checkpoint)
			o.Network = e.Net.Build(data, e.Init, e.Seed)
			if t, err = NewTrainer(o.Network, data, &s); err != nil {
				return o, err
			}
		}
	}
	t.saved = func(file string) { userdir.Share(file, forReading) }
	if o.Result, err = t.run(ctx); err != nil {
		return o, err
	}
	if o.Evaluation, err = MeasureWith(ctx, o.Network, data, &MeasureOptions{Measures: e.Measures}); err != nil {
		if ctx.Err() != nil && checkpoint != "" {
			t.Save(checkpoint) // of the trained network, for a later run that measures it
		}
		return o, err
	}
	if e.CheckAssumptions {
		o.Assumptions = t.assumptions()
	}
	law := Law{Scale: e.Init.Scale(), Alpha: e.Train.Alpha, Width: e.Net.Width}
	if o.Transfer, err = e.Transfer.compare(ctx, o.Network, data, o.Evaluation, law, e.Seed); err != nil {
		return o, err
	}
	if e.Forget {
		o.Network = nil
	}
	return o, nil
}
