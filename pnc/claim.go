package pnc

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"pnclab/internal/userdir"
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
	for try := 0; ; try++ {
		lock, ok, err := tryLock(path)
		switch {
		case ctx.Err() != nil:
			lock.Close()
			return nil, ctx.Err()
		case err != nil:
			return func() {}, nil
		case !ok && !wait:
			return nil, errClaimed
		case !ok:
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(pollDelay(try, rand.Float64())):
			}
			continue
		}
		// The file may have been removed, by the run that held the lock before, between
		// opening and locking it. Then another run can lock a new file of this name.
		if held, err := lock.Stat(); err == nil {
			if now, err := os.Stat(path); err != nil || !os.SameFile(held, now) {
				lock.Close()
				continue
			}
		}
		userdir.Share(path, forLocking)
		return func() {
			os.Remove(path) // while it is locked
			lock.Close()
		}, nil
	}
}

// tryLock opens and locks a file, which it creates if necessary. In directories where
// everybody may create files but only delete their own, some systems refuse to open
// another user's file for creation, so then it is opened without.
func tryLock(path string) (lock *flock.Flock, ok bool, err error) {
	lock = flock.New(path, flock.SetPermissions(0o666))
	if ok, err = lock.TryLock(); errors.Is(err, fs.ErrPermission) {
		lock.Close()
		lock = flock.New(path, flock.SetFlag(os.O_RDONLY))
		ok, err = lock.TryLock()
	}
	if !ok {
		lock.Close()
	}
	return lock, ok, err
}

// pollDelay returns how long to wait before a lock is tried again that was held try+1
// times: at first a few milliseconds, since many runs take no longer, then about two
// seconds, since file servers have other things to do. random, from 0 to 1, spreads the
// delays from half to one and a half of that, so that runs that began to wait together do
// not look together.
func pollDelay(try int, random float64) time.Duration {
	delay := 5 * time.Millisecond
	for range min(try, 20) {
		delay = min(delay+delay/2, 2*time.Second)
	}
	return time.Duration((0.5 + random) * float64(delay))
}

// errClaimed says that an experiment is under way elsewhere, in this process or another.
var errClaimed = errors.New("the experiment is under way elsewhere")
