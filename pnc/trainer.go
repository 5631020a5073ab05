package pnc

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"pnclab/pnc/internal/random"
	"pnclab/pnc/internal/samples"
)

// Trainer is a training run under the control of the caller, who can take a step,
// inspect the network and continue. A Trainer that is not called is paused. [Train]
// is a loop over a Trainer, and both give the same bits.
//
//	t, err := pnc.NewTrainer(net, data, &pnc.Settings{Epochs: 100})
//	for t.Step() {
//		// t.State(), t.Measure(...), t.Save(...)
//	}
//	err = t.Err()
//
// A Trainer must not be used by several goroutines at once.
type Trainer struct {
	net      *Network
	data     *Dataset
	settings Settings
	stepper  stepper
	moved    *samples.Augmented // the images as the stepper reads them; nil if they stay as they are
	source   *rand.PCG
	rnd      *rand.Rand // draws from source
	start    uint32     // checksum of the initial weights, for checkpoints

	result Result
	epoch  position
	dirty  bool // net does not hold the current weights
	told   int  // epochs reported to the recorder
	err    error
	saved  func(checkpoint string) // called after checkpoints were written, if not nil

	earlier time.Duration // time that the run took before the clock was started
	resumed time.Duration // time that it had taken when it was resumed
	started time.Time     // when the clock was started; zero while it is stopped
}

// position is the position within an epoch.
type position struct {
	Order   []int   // of the samples
	At      int     // samples done; 0 between epochs
	Loss    float64 // of the samples done: their contribution to the loss of the epoch
	Correct int     // samples classified correctly
}

// NewTrainer returns a run that trains net in place on data. Nil settings mean the
// zero value. It returns an error if the settings are invalid, and panics if the
// network does not fit the data.
func NewTrainer(net *Network, data *Dataset, settings *Settings) (*Trainer, error) {
	net.mustFit(data)
	s := settings.withDefaults(data.Len())
	if err := s.check(net, data); err != nil {
		return nil, err
	}
	read, moved := data, (*samples.Augmented)(nil) // what steps read
	if s.Augmentation != (Augmentation{}) {
		moved = samples.NewAugmented(data.samples.(samples.Pixels))
		read = new(*data)
		read.samples = moved
	}
	stepper, method, err := newStepper(net, read, s)
	if err != nil {
		return nil, err
	}
	source := random.Source(s.Seed, random.Batches)
	t := &Trainer{
		net: net, data: data, settings: s, stepper: stepper, moved: moved,
		source: source, rnd: rand.New(source), start: net.checksum(), result: Result{Method: method},
	}
	t.epoch.Order = make([]int, data.Len())
	for i := range t.epoch.Order {
		t.epoch.Order[i] = i
	}
	return t, nil
}

// Step takes one step of gradient descent. If the step ends an epoch, Step measures
// the layers if Settings.MeasureEvery says so and calls the Recorder. It reports
// whether it took a step: it returns false once training has ended, see
// [Trainer.Result] for the reason, or if there was an error, see [Trainer.Err].
func (t *Trainer) Step() bool {
	defer t.clock()()
	return t.step(context.Background())
}

// Epoch takes the remaining steps of the current epoch, or all steps of the next
// one. It reports whether training continues after it. If ctx is cancelled, it stops
// between two steps and returns false, and Err returns the error of the context;
// another call continues from there.
func (t *Trainer) Epoch(ctx context.Context) bool {
	defer t.clock()()
	return t.wholeEpoch(ctx)
}

func (t *Trainer) wholeEpoch(ctx context.Context) bool {
	for t.step(ctx) {
		if t.epoch.At == 0 {
			return t.err == nil && t.result.Status == 0
		}
	}
	return false
}

// Err returns the error at which the last call of Step or Epoch stopped, or nil if
// training can continue or ended as planned. It wraps [ErrDiverged] if the loss
// became NaN or infinite.
func (t *Trainer) Err() error { return t.err }

// Result describes the run so far. Its Status is 0 until training has ended. Further
// steps change it.
func (t *Trainer) Result() *Result {
	t.result.Elapsed = t.elapsed()
	return &t.result
}

// Network returns the network with the current weights. It is the network passed to
// NewTrainer: after further steps, the next call updates it.
func (t *Trainer) Network() *Network {
	if t.dirty {
		t.stepper.store(t.net)
		t.dirty = false
	}
	return t.net
}

// Measure measures the network with its current weights, see [MeasureWith]. It does
// not change the run.
func (t *Trainer) Measure(ctx context.Context, o *MeasureOptions) (*Evaluation, error) {
	return MeasureWith(ctx, t.Network(), t.data, o)
}

// State returns the current state as passed to a [Recorder].
func (t *Trainer) State() *TrainingState {
	r := t.Result()
	s := &TrainingState{
		Epoch: r.Epochs, Epochs: t.settings.Epochs, Step: r.Steps, Loss: r.Loss, Accuracy: r.Accuracy,
		Samples: r.Epochs * t.data.Len(), Elapsed: r.Elapsed, Done: r.Status != 0, Status: r.Status,
	}
	if t.epoch.At > 0 {
		s.Samples += t.epoch.At - t.data.Len()
	}
	if k := len(r.History.LearningRate); k > 0 {
		s.LearningRate = r.History.LearningRate[k-1]
	}
	return s
}

// step does what is due between epochs, takes a step, and does what is due after it.
func (t *Trainer) step(ctx context.Context) bool {
	if s := t.result.Status; s == Diverged || s == Cancelled {
		return false // with the error it has
	}
	t.err = ctx.Err()
	if t.err == nil {
		t.err = t.settle(ctx)
	}
	if t.err != nil || t.result.Status != 0 {
		return false
	}
	s, r, e := &t.settings, &t.result, &t.epoch
	n := len(e.Order)
	if e.At == 0 {
		if s.Batch < n {
			t.rnd.Shuffle(n, func(i, j int) { e.Order[i], e.Order[j] = e.Order[j], e.Order[i] })
		}
		e.Loss, e.Correct = 0, 0
		r.Epochs++
	}
	batch := e.Order[e.At:min(e.At+s.Batch, n)]
	lr := s.Schedule.Rate(s.LearningRate, r.Epochs-1, r.Steps, s.Epochs, (n+s.Batch-1)/s.Batch)
	if t.moved != nil {
		s.Augmentation.draw(t.moved, batch, t.rnd)
	}
	loss, correct := t.stepper.step(batch, lr, r.Steps+1)
	t.dirty = true
	r.Steps++
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		r.Status, r.Loss = Diverged, loss
		t.err = fmt.Errorf("%w: loss %v at step %d (epoch %d); a smaller LearningRate (%g) or Alpha (%g) may help", ErrDiverged, loss, r.Steps, r.Epochs, s.LearningRate, s.Alpha)
		return false
	}
	e.Loss += loss * float64(len(batch)) / float64(n)
	e.Correct += correct
	if e.At += len(batch); e.At == n {
		t.endEpoch(lr)
		// The next call repeats an interrupted measurement.
		if t.err = t.settle(ctx); t.err != nil {
			return r.Status == 0
		}
	}
	return true
}

// endEpoch appends an epoch to the history and sets the status if it was the last
// one.
func (t *Trainer) endEpoch(lr float64) {
	s, r, e := &t.settings, &t.result, &t.epoch
	e.At = 0
	r.Loss, r.Accuracy = e.Loss, float64(e.Correct)/float64(len(e.Order))
	r.Elapsed = t.elapsed()
	h := &r.History
	h.Loss, h.Accuracy, h.LearningRate = append(h.Loss, r.Loss), append(h.Accuracy, r.Accuracy), append(h.LearningRate, lr)
	switch {
	case r.Loss < s.StopLoss:
		r.Status = Converged
	case r.Epochs == s.Epochs:
		r.Status = EpochLimit
	case s.TimeLimit > 0 && r.Elapsed-t.resumed >= s.TimeLimit:
		r.Status = TimeLimit
	}
}

// settle does what is due between two epochs: it takes a snapshot and calls the
// recorder.
func (t *Trainer) settle(ctx context.Context) error {
	if t.epoch.At > 0 {
		return nil
	}
	s, r := &t.settings, &t.result
	ended := r.Status == Converged || r.Status == EpochLimit || r.Status == TimeLimit
	if s.MeasureEvery > 0 && (r.Epochs%s.MeasureEvery == 0 || ended) && t.lastSnapshot() != r.Epochs {
		ev, err := t.Measure(withoutProgress(ctx), &MeasureOptions{Measures: s.Measures}) // a part of training
		if err != nil {
			return err
		}
		r.History.Snapshots = append(r.History.Snapshots, Snapshot{r.Epochs, ev})
	}
	if s.Recorder == nil || t.told == r.Epochs {
		return nil
	}
	t.told = r.Epochs
	state := t.State()
	state.Done, state.Status = false, 0 // see finish
	if err := s.Recorder.Record(state); err != nil {
		r.Status = Cancelled
		return err
	}
	return nil
}

// lastSnapshot returns the number of epochs after which the last snapshot was taken,
// or -1 if there is none.
func (t *Trainer) lastSnapshot() int {
	s := t.result.History.Snapshots
	if len(s) == 0 {
		return -1
	}
	return s[len(s)-1].Epoch
}

// clock starts the clock if it is stopped, and returns a function that stops it.
func (t *Trainer) clock() (stop func()) {
	if !t.started.IsZero() {
		return func() {}
	}
	t.started = time.Now()
	return func() {
		t.earlier += time.Since(t.started)
		t.started = time.Time{}
	}
}

// elapsed returns the training time, including the time before a checkpoint.
func (t *Trainer) elapsed() time.Duration {
	if t.started.IsZero() {
		return t.earlier
	}
	return t.earlier + time.Since(t.started)
}

// assumptions is CheckAssumptions of the trained network, without large
// decompositions where the singular values are known from training.
func (t *Trainer) assumptions() *Assumptions {
	net := t.Network()
	if r, ok := t.stepper.(*reducedStepper); ok {
		return checkAssumptions(net, t.data, t.settings.Alpha, func(l int) []float64 {
			return r.singularValues(l, net.Layers[l].W)
		})
	}
	return CheckAssumptions(net, t.data, t.settings.Alpha)
}
