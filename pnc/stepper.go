package pnc

// A stepper takes the steps of gradient descent by some [Method].
type stepper interface {
	// step takes one step with the samples of the given indices and returns the
	// loss before it and the number of samples that were classified right.
	step(batch []int, lr float64) (loss float64, correct int)
	// store copies the weights into net.
	store(net *Network)
	// state returns copies of everything that steps change, exactly.
	state() []any
	// restore undoes what happened since state returned s. It returns an error if s
	// is of another network.
	restore(s []any) error
}
