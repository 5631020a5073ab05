package pnc

// Below returns the number of epochs that had been done when the loss of an epoch
// was first below the given value, or -1 if it never was.
func (h *History) Below(loss float64) int {
	for i, v := range h.Loss {
		if v < loss {
			return i + 1
		}
	}
	return -1
}
