package pnc

// Outcome is the outcome of an experiment.
type Outcome struct {
	Experiment  Experiment
	Network     *Network             // trained; nil if the experiment sets Forget
	Result      *Result              // of training
	Evaluation  *Evaluation          // of all layers on the training data
	Assumptions *Assumptions         // of the theorem, after training; nil if not requested
	Transfer    []TransferComparison // of every layer of the new task; nil without one
	Cached      bool                 // the outcome was taken from the cache
}
