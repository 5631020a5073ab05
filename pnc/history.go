package pnc

import "math"

// History records every epoch of a run.
type History struct {
	// Loss and Accuracy are means over the batches of an epoch, each before its
	// update, with BatchNorm in training mode.
	Loss, Accuracy []float64
	// LearningRate is the learning rate of the last step of each epoch.
	LearningRate []float64
	// Snapshots holds the layer measures taken during training.
	Snapshots []Snapshot
}

// Snapshot is a measurement taken during training.
type Snapshot struct {
	Epoch      int // epochs completed before it was taken
	Evaluation *Evaluation
}

// Below returns the number of epochs completed when the loss of an epoch first fell
// below the given value, or -1 if it never did.
func (h *History) Below(loss float64) int {
	for i, v := range h.Loss {
		if v < loss {
			return i + 1
		}
	}
	return -1
}

// HalfTimes returns, for every layer, the epoch at which C was halfway from the
// first snapshot to the last on a logarithmic scale:
//
//	log C_l = (log C_l(first) + log C_l(last)) / 2
//
// for the first time, by linear interpolation between snapshots. It is NaN for a
// layer whose C does not change, such as the input, and panics without snapshots.
func (h *History) HalfTimes() []float64 {
	if len(h.Snapshots) == 0 {
		panic("pnc: HalfTimes of a history without snapshots; set MeasureEvery in Settings")
	}
	first, last := h.Snapshots[0].Evaluation.C(), h.Snapshots[len(h.Snapshots)-1].Evaluation.C()
	times := make([]float64, len(first))
	for l := range times {
		times[l] = math.NaN()
		way := math.Log(last[l] / first[l])
		before := 0.0 // progress at the previous snapshot
		for i, s := range h.Snapshots {
			share := math.Log(s.Evaluation.C()[l]/first[l]) / way
			if i > 0 && share >= 0.5 {
				from := h.Snapshots[i-1].Epoch
				times[l] = float64(from) + (0.5-before)/(share-before)*float64(s.Epoch-from)
				break
			}
			before = share
		}
	}
	return times
}
