package pnc

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// claim waits until no other run, in this process or another, holds the key, so that
// two notebooks that share an experiment run it once. It returns a function that
// releases the lock. Where files cannot be locked, it does not wait. Without wait it
// returns errClaimed at once if another run holds the key.
func claim(ctx context.Context, key string, wait bool) (release func(), err error) {
	file := checkpointFile(key)
	if file == "" {
		return func() {}, nil
	}
	path := strings.TrimSuffix(file, ".checkpoint") + ".lock"
	for {
		lock := flock.New(path)
		var ok bool
		if wait {
			ok, err = lock.TryLockContext(ctx, 100*time.Millisecond)
		} else {
			ok, err = lock.TryLock()
		}
		switch {
		case !ok && err == nil && !wait:
			lock.Close()
			return nil, errClaimed
		case ctx.Err() != nil:
			lock.Close()
			return nil, ctx.Err()
		case !ok || err != nil:
			return func() {}, nil
		}
		// The file may have been removed, by the run that held the lock before, between
		// opening and locking it. Then another run can lock a new file of this name.
		if held, err := lock.Stat(); err == nil {
			if now, err := os.Stat(path); err != nil || !os.SameFile(held, now) {
				lock.Close()
				continue
			}
		}
		return func() {
			os.Remove(path) // while it is locked
			lock.Close()
		}, nil
	}
}

// errClaimed says that another run holds a key.
var errClaimed = errors.New("the experiment is under way elsewhere")
