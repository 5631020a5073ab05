package pnc

import (
	"errors"
	"fmt"
	"time"
)

// Status says why training stopped.
type Status int

const (
	// Converged: the loss fell below Settings.StopLoss.
	Converged Status = iota + 1
	// EpochLimit: all epochs were completed.
	EpochLimit
	// TimeLimit: Settings.TimeLimit was reached.
	TimeLimit
	// Diverged: the loss became NaN or infinite.
	Diverged
	// Cancelled: the context was cancelled or a Recorder returned an error.
	Cancelled
)

var statusNames = [...]string{"not finished", "converged", "epoch limit", "time limit", "diverged", "cancelled"}

// String returns the name of the status.
func (s Status) String() string { return statusNames[s] }

// Early reports whether training stopped before it was complete.
func (s Status) Early() bool { return s == TimeLimit || s == Diverged || s == Cancelled }

// Result describes a training run.
type Result struct {
	Status   Status
	Epochs   int           // epochs begun; the last one may be incomplete
	Steps    int           // steps done
	Loss     float64       // of the last epoch
	Accuracy float64       // of the last epoch, from 0 to 1
	Elapsed  time.Duration // training time
	Method   Method        // the method used, never Auto
	History  History
}

// String summarises the run on one line.
func (r *Result) String() string {
	return fmt.Sprintf("%s after %d epochs (%d steps) in %s: loss %.3g, accuracy %.1f %%",
		r.Status, r.Epochs, r.Steps, r.Elapsed.Round(time.Millisecond), r.Loss, 100*r.Accuracy)
}

// ErrDiverged is wrapped by the error of a training run whose loss became NaN or
// infinite.
var ErrDiverged = errors.New("training diverged")
