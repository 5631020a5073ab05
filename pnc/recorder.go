package pnc

import (
	"fmt"
	"time"
)

// Recorder observes a training run. Record is called after every epoch, and again at
// the end with Done set; an error from it stops training. It must not modify
// anything. Package plotting has recorders for notebooks and terminals.
type Recorder interface {
	Record(*TrainingState) error
}

// TrainingState is the state of a training run after an epoch.
type TrainingState struct {
	Epoch, Epochs int           // epochs completed and planned
	Step          int           // steps done
	Loss          float64       // mean loss of the epoch, each batch before its update
	Accuracy      float64       // share of samples classified correctly in the epoch
	LearningRate  float64       // of the last step
	Samples       int           // samples seen since training began
	Elapsed       time.Duration // since training began
	Done          bool          // training has ended
	Status        Status        // why it has ended, if Done
}

// Progress returns the progress of training in epochs. It ends earlier if the loss
// falls below StopLoss.
func (s *TrainingState) Progress() Progress {
	return Progress{Task: "training", Done: int64(s.Epoch), Total: int64(s.Epochs), Unit: "epochs", Elapsed: s.Elapsed}
}

// Rate returns the number of samples trained on per second.
func (s *TrainingState) Rate() float64 {
	if s.Elapsed <= 0 {
		return 0
	}
	return float64(s.Samples) / s.Elapsed.Seconds()
}

// String returns epoch, loss, accuracy, rate and the time left, or why training
// ended.
func (s *TrainingState) String() string {
	text := fmt.Sprintf("epoch %d/%d  loss %.4g  accuracy %.1f %%  %.0f samples/s", s.Epoch, s.Epochs, s.Loss, 100*s.Accuracy, s.Rate())
	if s.Done {
		return fmt.Sprintf("%s  %s after %s", text, s.Status, s.Elapsed.Round(10*time.Millisecond))
	}
	return fmt.Sprintf("%s  %s left", text, s.Progress().Left().Round(time.Second))
}
