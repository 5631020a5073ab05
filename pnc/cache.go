package pnc

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/gob"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// sources holds this package, so that results of other code are never taken for
// its own.
//
//go:embed *.go internal
var sources embed.FS

// sourceHash returns the SHA-256 of all sources that results depend on: every Go
// and assembly file of this package and below, tests aside.
var sourceHash = sync.OnceValue(func() string {
	h := sha256.New()
	err := fs.WalkDir(sources, ".", func(path string, d fs.DirEntry, err error) error {
		code := (strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")) || strings.HasSuffix(path, ".s")
		if err != nil || !code {
			return err
		}
		b, err := sources.ReadFile(path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(b), b)
		return err
	})
	if err != nil {
		panic("pnc: " + err.Error()) // embedded files can be read
	}
	return hex.EncodeToString(h.Sum(nil))
})

// CacheDir returns the directory of cached runs: $PNC_CACHE, or pnclab/runs in the
// user's cache directory. It is empty, and nothing is cached, if PNC_CACHE is
// "off" or there is no such directory. Files in it can be deleted at any time.
func CacheDir() string {
	switch dir := os.Getenv("PNC_CACHE"); dir {
	case "off":
		return ""
	case "":
		base, err := os.UserCacheDir()
		if err != nil {
			return ""
		}
		return filepath.Join(base, "pnclab", "runs")
	default:
		return dir
	}
}

// stored is what is kept of a run: all but the experiment, which the key stands
// for.
type stored struct {
	Network     *Network
	Result      *Result
	Evaluation  *Evaluation
	Assumptions *Assumptions
}

// cached returns the run stored under a key. A file that cannot be read counts
// as absent and is replaced by the next run.
func cached(key string) (*Run, bool) {
	dir := CacheDir()
	if dir == "" {
		return nil, false
	}
	f, err := os.Open(filepath.Join(dir, key+".gob"))
	if err != nil {
		return nil, false
	}
	defer f.Close()
	var s stored
	if err := gob.NewDecoder(f).Decode(&s); err != nil {
		return nil, false
	}
	return &Run{Network: s.Network, Result: s.Result, Evaluation: s.Evaluation, Assumptions: s.Assumptions}, true
}

// checkpointFile returns where a run under a key keeps its state while it lasts,
// "" if nothing is cached.
func checkpointFile(key string) string {
	dir := CacheDir()
	if dir == "" || os.MkdirAll(dir, 0o777) != nil {
		return ""
	}
	return filepath.Join(dir, key+".checkpoint")
}

// claim waits until nobody else, in this process or another, has claimed the key,
// so that two notebooks that share an experiment run it once. It returns what
// gives the key back. Where files cannot be locked, nobody waits.
func claim(ctx context.Context, key string) (release func(), err error) {
	file := checkpointFile(key)
	if file == "" {
		return func() {}, nil
	}
	lock := flock.New(strings.TrimSuffix(file, ".checkpoint") + ".lock")
	ok, _ := lock.TryLockContext(ctx, 100*time.Millisecond)
	switch {
	case ok:
		return func() {
			// Who waits has the file open and gets the lock all the same; by then the run
			// is in the cache.
			os.Remove(lock.Path())
			lock.Close()
		}, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return func() {}, nil
}

// store keeps a run under a key and forgets its checkpoint.
func store(key string, r *Run) error {
	dir := CacheDir()
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("cache: %w (set PNC_CACHE to another directory, or to off)", err)
	}
	if err := writeGob(filepath.Join(dir, key+".gob"), stored{r.Network, r.Result, r.Evaluation, r.Assumptions}); err != nil {
		return fmt.Errorf("cache: %w (set PNC_CACHE to another directory, or to off)", err)
	}
	os.Remove(checkpointFile(key)) // of a short run there is none
	return nil
}
