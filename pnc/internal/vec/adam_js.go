package vec

// portableAdam returns nil: a page has no Adam.
func portableAdam[T Float]() func(n int, w, m, v, g *T, newest1, keep2, newest2, rate, eps, decay, shrink T) {
	return nil
}
