package pnc

// A stepper takes the steps of gradient descent by one [Method].
type stepper interface {
	// step takes step number t = 1, 2, … with the samples of the given indices and
	// returns the loss before it and the number of correctly classified samples.
	step(batch []int, lr float64, t int) (loss float64, correct int)
	// store copies the weights into net.
	store(net *Network)
	// state returns exact copies of everything that steps change.
	state() []any
	// restore returns to the state s. It returns an error if s belongs to another
	// network.
	restore(s []any) error
}
