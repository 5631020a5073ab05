package pnc

// Must returns v and panics if err is not nil. It keeps notebook cells short, where
// a failing call should stop the cell.
func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
