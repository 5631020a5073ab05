package pnc

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"pnclab/pnc/internal/gemm"
)

// Status says why training stopped.
type Status int

const (
	// Converged: the loss fell below Settings.StopLoss.
	Converged Status = iota + 1
	// EpochLimit: all epochs were done.
	EpochLimit
	// TimeLimit: Settings.TimeLimit was reached.
	TimeLimit
	// Diverged: the loss became NaN or infinite.
	Diverged
	// Cancelled: the context was cancelled or a Recorder returned an error.
	Cancelled
)

var statusNames = [...]string{"not started", "converged", "epoch limit", "time limit", "diverged", "cancelled"}

// String names the status.
func (s Status) String() string { return statusNames[s] }

// Early reports whether training stopped before it had done what it was asked.
func (s Status) Early() bool { return s == TimeLimit || s == Diverged || s == Cancelled }

// Result says how a training run went.
type Result struct {
	Status   Status
	Epochs   int           // epochs done, the last perhaps in part
	Steps    int           // steps done
	Loss     float64       // of the last epoch
	Accuracy float64       // of the last epoch, from 0 to 1
	Elapsed  time.Duration // training time
	Method   Method        // that was used, never Auto
	History  History
}

// History holds what happened in every epoch of a run.
type History struct {
	// Loss and Accuracy are means over the batches of an epoch, each before its
	// update, with BatchNorm in training mode.
	Loss, Accuracy []float64
	// LearningRate is that of the last step of an epoch.
	LearningRate []float64
	// Snapshots holds the layer measures taken on the way.
	Snapshots []Snapshot
}

// Snapshot is a measurement taken during training.
type Snapshot struct {
	Epoch      int // epochs done before it was taken
	Evaluation *Evaluation
}

// String summarises the run in a line.
func (r *Result) String() string {
	return fmt.Sprintf("%s after %d epochs (%d steps) in %s: loss %.3g, accuracy %.1f %%",
		r.Status, r.Epochs, r.Steps, r.Elapsed.Round(time.Millisecond), r.Loss, 100*r.Accuracy)
}

// ErrDiverged is wrapped by the error of a training run whose loss became NaN or
// infinite.
var ErrDiverged = errors.New("training diverged")

// Train trains net in place on data and reports how it went. A nil Settings
// stands for the zero value.
//
// The error is nil if training converged or ran into its limits. It is the
// context's if that was cancelled, and wraps [ErrDiverged] and names the step if
// the loss became NaN or infinite; the Result then describes what was done, and
// net holds the weights at the time. Settings that make no sense are an error
// with a nil Result. It panics if the network does not fit the data.
func Train(ctx context.Context, net *Network, data *Dataset, settings *Settings) (*Result, error) {
	run, err := newTraining(net, data, settings)
	if err != nil {
		return nil, err
	}
	return run.do(ctx)
}

// A stepper takes the steps of gradient descent.
type stepper interface {
	// step takes one step with the samples of the given indices and returns the
	// loss before it and the number of samples that were classified right.
	step(batch []int, lr float64) (loss float64, correct int)
	// store copies the weights into net.
	store(net *Network)
}

// fullStepper trains all weights.
type fullStepper[T gemm.Float] struct {
	*engine[T]
	data     *Dataset
	settings Settings
	loaded   bool // the whole data set is the batch at hand
}

func newFullStepper[T gemm.Float](net *Network, data *Dataset, s Settings) *fullStepper[T] {
	return &fullStepper[T]{engine: newEngine[T](net, s.Alpha, s.Batch), data: data, settings: s}
}

func (f *fullStepper[T]) step(batch []int, lr float64) (loss float64, correct int) {
	loss, correct = f.forwardLoss(batch)
	f.descend(lr, f.settings.Momentum, f.settings.WeightDecay)
	return loss, correct
}

// gradient computes the gradients that step takes its step with.
func (f *fullStepper[T]) gradient(batch []int) (loss float64, correct int) {
	loss, correct = f.forwardLoss(batch)
	f.backward()
	return loss, correct
}

// forwardLoss computes features, loss and its gradient for the samples of the
// given indices.
func (f *fullStepper[T]) forwardLoss(batch []int) (loss float64, correct int) {
	if !f.loaded {
		f.load(f.data, batch)
		f.loaded = len(batch) == f.data.Len()
	}
	f.forward(len(f.layers), true)
	return f.loss(f.settings.Loss)
}

// training is a run of Train.
type training struct {
	net      *Network
	data     *Dataset
	settings Settings
	stepper  stepper
	source   *rand.PCG
	rnd      *rand.Rand // draws from source
	order    []int
	begin    time.Time
	earlier  time.Duration // spent before a checkpoint
	saved    time.Time     // when the last checkpoint was written
	result   Result
}

// newTraining prepares a run of Train.
func newTraining(net *Network, data *Dataset, settings *Settings) (*training, error) {
	if net.In() != data.Dim() || net.Out() != data.K() {
		panic(fmt.Sprintf("pnc: a network from %d to %d for samples of dimension %d in %d classes", net.In(), net.Out(), data.Dim(), data.K()))
	}
	s := settings.withDefaults(data.Len())
	if err := s.check(net, data); err != nil {
		return nil, err
	}
	stepper, method, err := newStepper(net, data, s)
	if err != nil {
		return nil, err
	}
	source := rand.NewPCG(s.Seed, streamBatches)
	return &training{
		net: net, data: data, settings: s, stepper: stepper,
		source: source, rnd: rand.New(source), result: Result{Method: method},
	}, nil
}

func (t *training) do(ctx context.Context) (*Result, error) {
	t.begin = time.Now()
	t.saved = t.begin
	n := t.data.Len()
	t.order = make([]int, n)
	for i := range t.order {
		t.order[i] = i
	}
	if err := t.resume(); err != nil {
		return nil, err
	}
	if t.settings.MeasureEvery > 0 && t.result.Epochs == 0 {
		t.snapshot()
	}
	var err error
	for t.result.Status == 0 {
		if err = t.epoch(ctx); err == nil {
			err = t.save()
		}
		if err != nil && t.result.Status == 0 {
			t.result.Status = Cancelled
		}
	}
	t.stepper.store(t.net)
	r := &t.result
	if k := len(r.History.Snapshots); k > 0 && r.History.Snapshots[k-1].Epoch != r.Epochs && r.Status != Diverged {
		t.snapshot()
	}
	r.Elapsed = t.elapsed()
	if e := t.record(true); err == nil {
		err = e
	}
	return r, err
}

// epoch trains on all samples once and sets the status if that was the last time.
func (t *training) epoch(ctx context.Context) error {
	s, r := &t.settings, &t.result
	n := len(t.order)
	steps := (n + s.Batch - 1) / s.Batch
	if s.Batch < n {
		t.rnd.Shuffle(n, func(i, j int) { t.order[i], t.order[j] = t.order[j], t.order[i] })
	}
	var loss, lr float64
	correct := 0
	epoch := r.Epochs
	r.Epochs++
	for i := 0; i < n; i += s.Batch {
		if err := ctx.Err(); err != nil {
			r.Status = Cancelled
			return err
		}
		batch := t.order[i:min(i+s.Batch, n)]
		lr = s.Schedule.Rate(s.LearningRate, epoch, r.Steps, s.Epochs, steps)
		l, c := t.stepper.step(batch, lr)
		r.Steps++
		if math.IsNaN(l) || math.IsInf(l, 0) {
			r.Status, r.Loss = Diverged, l
			return fmt.Errorf("%w: loss %v at step %d (epoch %d); a smaller LearningRate (%g) or Alpha (%g) may help", ErrDiverged, l, r.Steps, r.Epochs, s.LearningRate, s.Alpha)
		}
		loss += l * float64(len(batch)) / float64(n)
		correct += c
	}
	r.Loss, r.Accuracy = loss, float64(correct)/float64(n)
	r.Elapsed = t.elapsed()
	h := &r.History
	h.Loss, h.Accuracy, h.LearningRate = append(h.Loss, loss), append(h.Accuracy, r.Accuracy), append(h.LearningRate, lr)
	if s.MeasureEvery > 0 && r.Epochs%s.MeasureEvery == 0 {
		t.stepper.store(t.net)
		t.snapshot()
	}
	switch {
	case loss < s.StopLoss:
		r.Status = Converged
	case r.Epochs == s.Epochs:
		r.Status = EpochLimit
	case s.TimeLimit > 0 && time.Since(t.begin) >= s.TimeLimit:
		r.Status = TimeLimit
	}
	if err := t.record(false); err != nil {
		r.Status = Cancelled
		return err
	}
	return nil
}

// elapsed returns the time of training, that before a checkpoint included.
func (t *training) elapsed() time.Duration { return t.earlier + time.Since(t.begin) }

// snapshot measures net, which holds the weights of the moment.
func (t *training) snapshot() {
	ev, err := MeasureWith(context.Background(), t.net, t.data, &Measuring{Measures: t.settings.Measures})
	if err != nil {
		panic("pnc: " + err.Error()) // without a deadline nothing can fail
	}
	h := &t.result.History
	h.Snapshots = append(h.Snapshots, Snapshot{t.result.Epochs, ev})
}

// assumptions is CheckAssumptions of the trained network, without large
// decompositions where training knows the singular values.
func (t *training) assumptions() *Assumptions {
	if r, ok := t.stepper.(*reducedStepper); ok {
		return checkAssumptions(t.net, t.data, t.settings.Alpha, func(l int) []float64 {
			return r.singularValues(l, t.net.Layers[l].W)
		})
	}
	return CheckAssumptions(t.net, t.data, t.settings.Alpha)
}

// record tells the recorder how far the run is.
func (t *training) record(done bool) error {
	if t.settings.Recorder == nil {
		return nil
	}
	r := &t.result
	p := &Progress{
		Epoch: r.Epochs, Epochs: t.settings.Epochs, Step: r.Steps, Loss: r.Loss, Accuracy: r.Accuracy,
		Samples: r.Epochs * len(t.order), Elapsed: r.Elapsed, Done: done, Status: r.Status,
	}
	if k := len(r.History.LearningRate); k > 0 {
		p.LearningRate = r.History.LearningRate[k-1]
	}
	return t.settings.Recorder.Record(p)
}
