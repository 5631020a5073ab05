package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"pnclab/internal/atomicfile"
	"pnclab/internal/provenance"
	"pnclab/pnc"
)

// Options say which runs a worker takes and how. The zero value takes all that are
// neither done nor failed, as many at a time as there are processors.
type Options struct {
	// Index and Of select a share: the runs Index, Index+Of, ..., counted from 1; Of = 0
	// means all.
	Index, Of int
	// Keys selects runs by the beginnings of their keys, and their order; nil means all.
	Keys []string
	// RetryFailed repeats runs that failed or diverged.
	RetryFailed bool
	// AtOnce is the number of runs at a time; 0 means GOMAXPROCS, which also limits the
	// threads of all of them together.
	AtOnce int
	// Job and Log are the name of the job in a batch system, and the file it prints to.
	Job, Log string
	// Report is called, by one goroutine at a time, with every record but those of
	// beginnings; nil for none.
	Report func(r Record, t Tally)
}

// Tally counts what has become of the runs that a worker takes.
type Tally struct {
	Runs int // all
	// Done and Failed include those that were settled before; Diverged runs count as failed.
	Done, Failed, Interrupted, Refused int
}

// Runs that others have claimed are looked at again after firstPoll, since many take no
// longer, then less and less often until the mean time is pollEvery, since file servers
// have other things to do. The journal is read again after pollEvery at the earliest.
const (
	firstPoll = 5 * time.Millisecond
	pollEvery = 2 * time.Second
)

// Work runs experiments of the folder and records what becomes of them. An error of one
// does not keep the others from running: the tally counts it. Runs that other workers
// have claimed are passed over, and looked at again once everything else is done, until
// they are settled. Cancelling ctx interrupts what is under way, each with a checkpoint.
// The error is that of the folder, for example of a full disk, and ends everything.
func Work(ctx context.Context, f *Folder, o Options) (Tally, error) {
	runs, err := f.choose(o)
	if err != nil {
		return Tally{}, err
	}
	journal, err := f.Journal()
	if err != nil {
		return Tally{}, err
	}
	if o.AtOnce <= 0 {
		o.AtOnce = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	host, _ := os.Hostname()
	w := &worker{
		folder: f, options: o, journal: journal, read: time.Now(), cancel: cancel, tally: Tally{Runs: len(runs)},
		writer: journalWriter{folder: filepath.Join(f.Path, recordsFolder), worker: Worker{
			Host: host, Process: os.Getpid(), Job: o.Job, Log: o.Log, Began: time.Now().UTC(),
			Version: provenance.Version(), Go: runtime.Version(), Processor: provenance.Processor(), Kernels: pnc.Kernels(), Threads: runtime.GOMAXPROCS(0),
		}},
	}
	w.pass(ctx, runs)
	for delay := firstPoll; len(w.claimed) > 0 && ctx.Err() == nil; {
		select {
		case <-time.After(delay/2 + rand.N(delay)): // not all at the same time
		case <-ctx.Done():
		}
		claimed := w.claimed
		w.claimed, w.read = nil, time.Time{}
		w.pass(ctx, claimed)
		if delay = min(delay+delay/2, pollEvery); len(w.claimed) < len(claimed) {
			delay = firstPoll
		}
	}
	w.tally.Interrupted += len(w.claimed)
	err = w.fatal
	if e := w.writer.close(); err == nil {
		err = e
	}
	if err != nil {
		return w.tally, fmt.Errorf("%s: %w; what is recorded stays, run it again", f.Path, err)
	}
	return w.tally, nil
}

// choose returns the runs that the options select.
func (f *Folder) choose(o Options) ([]Run, error) {
	runs := f.Runs
	if o.Keys != nil {
		runs = nil
		for _, prefix := range o.Keys {
			found := 0
			for _, r := range f.Runs {
				if strings.HasPrefix(r.Key, prefix) {
					runs = append(runs, r)
					found++
				}
			}
			if found != 1 {
				return nil, fmt.Errorf("%s: %d runs have a key that begins with %q; the list has changed since, submit the sweep again", f.Path, found, prefix)
			}
		}
	}
	if o.Of == 0 {
		return runs, nil
	}
	if o.Of < 1 || o.Index < 1 || o.Index > o.Of {
		return nil, fmt.Errorf("there is no share %d of %d; shares are counted from 1", o.Index, o.Of)
	}
	var share []Run
	for i := o.Index - 1; i < len(runs); i += o.Of {
		share = append(share, runs[i])
	}
	return share, nil
}

// worker is the state of Work.
type worker struct {
	folder  *Folder
	options Options
	cancel  context.CancelCauseFunc

	mu      sync.Mutex // of all below
	journal *Journal
	read    time.Time // when the journal was
	writer  journalWriter
	tally   Tally
	claimed []Run // by other workers
	fatal   error

	standIns map[string]string // what data are a stand-in for, by their JSON
}

// pass runs all that nobody else has claimed.
func (w *worker) pass(ctx context.Context, runs []Run) {
	next := make(chan Run)
	var wg sync.WaitGroup
	for range min(w.options.AtOnce, len(runs)) {
		wg.Go(func() {
			for r := range next {
				w.take(ctx, r)
			}
		})
	}
	for i, r := range runs {
		select {
		case next <- r:
			continue
		case <-ctx.Done():
			w.mu.Lock()
			w.tally.Interrupted += len(runs) - i
			w.mu.Unlock()
		}
		break
	}
	close(next)
	wg.Wait()
}

// settled reports whether a run needs nothing any more, by what all workers have
// recorded, and counts it.
func (w *worker) settled(key string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Since(w.read) > pollEvery {
		w.journal.Refresh() // if it can't be read now, the cache knows as much
		w.read = time.Now()
	}
	s := w.journal.Of(key)
	again := w.options.RetryFailed && s.Time.Before(w.writer.worker.Began) // it failed before this worker
	switch {
	case s.Status == Done:
		w.tally.Done++
	case s.Status.Settled() && !again:
		w.tally.Failed++
	default:
		return false
	}
	return true
}

// take does what is to be done for a run.
func (w *worker) take(ctx context.Context, r Run) {
	if ctx.Err() != nil {
		w.mu.Lock()
		w.tally.Interrupted++
		w.mu.Unlock()
		return
	}
	if w.settled(r.Key) {
		return
	}
	began := time.Now()
	record := Record{Key: r.Key}
	outcome, stack, err := w.run(ctx, r)
	record.Time, record.Seconds = time.Now().UTC(), time.Since(began).Seconds()
	var m *Measured
	if outcome != nil && outcome.Result != nil {
		res := outcome.Result
		record.Training, record.Reason, record.Method, record.Epochs, record.Steps = res.Elapsed.Seconds(), res.Status.String(), res.Method.String(), res.Epochs, res.Steps
		record.Loss, record.Accuracy, record.Cached = finite(res.Loss), finite(res.Accuracy), outcome.Cached
	}
	var refused *refusal
	switch {
	case errors.Is(err, pnc.ErrClaimed):
		w.mu.Lock()
		w.claimed = append(w.claimed, r)
		w.mu.Unlock()
		return
	case errors.As(err, &refused):
		record.Status, record.Message = Refused, err.Error()
	case err != nil && ctx.Err() != nil:
		record.Status = Interrupted
	case errors.Is(err, pnc.ErrDiverged):
		record.Status, record.Message = Diverged, err.Error()
	case err != nil:
		record.Status, record.Message = Failed, err.Error()
	case outcome.Result.Status == pnc.TimeLimit:
		record.Status, record.Message = Interrupted, "train.timeLimit was reached; the next run continues from there"
	default:
		record.Status = Done
		m = &Measured{outcome.Evaluation, outcome.Assumptions, outcome.Transfer}
		record.StandIn = w.standIn(outcome.Experiment)
		if record.Cached {
			record.Origin = originOf(r.Key)
		}
	}
	if record.Status == Failed || record.Status == Diverged {
		record.Log = w.writeLog(r, record, stack)
	}
	w.record(record, m)
}

// refusal is the error of a run that would be another one here.
type refusal struct{ err error }

func (r *refusal) Error() string { return r.err.Error() }

// run runs the experiment, if it is the one that the list means. The stack is that of a
// panic, which is an error of this run alone.
func (w *worker) run(ctx context.Context, r Run) (o *pnc.Outcome, stack []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			o, stack, err = nil, debug.Stack(), fmt.Errorf("panic: %v", p)
		}
	}()
	e, err := r.Decode()
	if err != nil {
		return nil, nil, err
	}
	key, err := e.Key()
	if err != nil {
		return nil, nil, &refusal{err}
	}
	if key != r.Key {
		return nil, nil, &refusal{fmt.Errorf("the data, the code or the kernels (%s) here are not those that the sweep was planned with (kernels %s, version %s): key %.12s instead of %.12s", pnc.Kernels(), w.folder.Head.Kernels, w.folder.Head.Version, key, r.Key)}
	}
	o, err = e.TryRun(ctx, func() {
		w.record(Record{Key: r.Key, Status: Running, Time: time.Now().UTC()}, nil)
	})
	return o, nil, err
}

// standIn returns the title of the data set that the data of an experiment take the place
// of, "" for none: that does not depend on the seed.
func (w *worker) standIn(e pnc.Experiment) string {
	text, err := json.Marshal(pnc.Experiment{Data: e.Data})
	if err != nil || !strings.Contains(string(text), "pnc.Images") && !strings.Contains(string(text), "pnc.News") { // the only ones with a stand-in
		return ""
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	title, ok := w.standIns[string(text)]
	if !ok {
		if data, err := e.Dataset(); err == nil {
			title = data.StandIn
		}
		if w.standIns == nil {
			w.standIns = map[string]string{}
		}
		w.standIns[string(text)] = title
	}
	return title
}

// record appends a record, counts and reports it. If it cannot be written, everything
// stops.
func (w *worker) record(r Record, m *Measured) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.writer.append(r, m); err != nil {
		if w.fatal == nil {
			w.fatal = err
			w.cancel(err)
		}
		if r.Status != Running {
			w.tally.Interrupted++
		}
		return
	}
	switch r.Status {
	case Running:
		return
	case Done:
		w.tally.Done++
	case Failed, Diverged:
		w.tally.Failed++
	case Refused:
		w.tally.Refused++
	case Interrupted:
		w.tally.Interrupted++
	}
	if w.options.Report != nil {
		w.options.Report(r, w.tally)
	}
}

// writeLog writes what is known of a failure to a file and returns its path in the
// folder, or "" if that isn't possible.
func (w *worker) writeLog(r Run, record Record, stack []byte) string {
	name := filepath.Join("logs", fmt.Sprintf("%.16s.txt", r.Key))
	if os.MkdirAll(filepath.Join(w.folder.Path, "logs"), 0o777) != nil {
		return ""
	}
	host := w.writer.worker.Host
	text := fmt.Sprintf("%s\n%s on %s, process %d, job %s, after %d epochs (%d steps)\n%s\n\n%s\n", record.Message, record.Time.Format(time.RFC3339), host, os.Getpid(), w.options.Job, record.Epochs, record.Steps, r.Experiment, stack)
	if atomicfile.WriteFile(filepath.Join(w.folder.Path, name), []byte(text)) != nil {
		return ""
	}
	return name
}
