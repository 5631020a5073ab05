package pnc

import (
	"context"
	"errors"
)

// Must returns v and panics if err is not nil. It keeps notebook cells short, where
// a failing call should stop the cell. If the call was cancelled, observers are told
// before: in a notebook package plotting then ends the cell without a panic.
func Must[T any](v T, err error) T {
	if err != nil {
		if errors.Is(err, context.Canceled) {
			notify(Stopped{err})
		}
		panic(err)
	}
	return v
}
