package pnc

import (
	"fmt"
	"io"
	"time"
)

// Recorder observes a training run. Record is called after every epoch, and once
// more at the end with Done set; an error from it stops training. It must not
// modify anything. See [NewPrinter]; package plotting has one for notebooks.
type Recorder interface {
	Record(*Progress) error
}

// Progress is the state of a training run after an epoch.
type Progress struct {
	Epoch, Epochs int           // epochs done and planned
	Step          int           // steps done
	Loss          float64       // mean loss of the epoch, each batch before its update
	Accuracy      float64       // share of samples classified right in the epoch
	LearningRate  float64       // of the last step
	Samples       int           // samples seen since training began
	Elapsed       time.Duration // since training began
	Done          bool          // training has ended
	Status        Status        // why, if Done
}

// Rate returns the samples trained on in a second.
func (p *Progress) Rate() float64 {
	if p.Elapsed <= 0 {
		return 0
	}
	return float64(p.Samples) / p.Elapsed.Seconds()
}

// Left returns the time the planned epochs will take at the pace so far. A loss
// that falls below StopLoss ends training earlier.
func (p *Progress) Left() time.Duration {
	if p.Epoch == 0 {
		return 0
	}
	return time.Duration(float64(p.Elapsed) / float64(p.Epoch) * float64(p.Epochs-p.Epoch))
}

// String gives epoch, loss, accuracy, rate and the time left, or why it ended.
func (p *Progress) String() string {
	s := fmt.Sprintf("epoch %d/%d  loss %.4g  accuracy %.1f %%  %.0f samples/s", p.Epoch, p.Epochs, p.Loss, 100*p.Accuracy, p.Rate())
	if p.Done {
		return fmt.Sprintf("%s  %s after %s", s, p.Status, p.Elapsed.Round(10*time.Millisecond))
	}
	return fmt.Sprintf("%s  %s left", s, p.Left().Round(time.Second))
}

// printer rewrites one line of a terminal.
type printer struct {
	w    io.Writer
	last time.Time
}

// NewPrinter returns a Recorder that keeps one line of a terminal up to date, at
// most five times a second, and ends it when training does.
func NewPrinter(w io.Writer) Recorder { return &printer{w: w} }

func (r *printer) Record(p *Progress) error {
	if !p.Done && time.Since(r.last) < 200*time.Millisecond {
		return nil
	}
	r.last = time.Now()
	end := ""
	if p.Done {
		end = "\n"
	}
	_, err := fmt.Fprintf(r.w, "\r\x1b[K%s%s", p, end)
	return err
}
