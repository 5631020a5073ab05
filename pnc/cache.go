package pnc

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"pnclab/internal/userdir"
	"pnclab/pnc/internal/artifact"
)

// CacheDir returns the directory of cached runs: $PNC_CACHE, or pnclab/runs in the
// user's cache directory. It is empty, which disables the cache, if PNC_CACHE is
// "off" or there is no such directory. Files in it can be deleted at any time.
//
// Several users can share a directory that all of them may write to: everybody who can
// read the directory can read the files in it.
func CacheDir() string {
	switch dir := os.Getenv("PNC_CACHE"); dir {
	case "off":
		return ""
	case "":
		dir, _ = userdir.Cache("runs") // "" without a cache directory
		return dir
	default:
		return dir
	}
}

// runKind names the format of cached outcomes. A new format gets a new name.
const runKind = "run/2"

// storedOutcome is what is stored of an outcome besides the arrays of its network and
// those of the history of training.
// The key identifies the experiment, which is stored for people.
type storedOutcome struct {
	Key         string
	Platform    string          // what else the key was made of, as a hash
	Code        string          // of that the code, as a hash
	Experiment  json.RawMessage // of which only a reader makes use
	Network     *networkSpec
	Result      resultJSON
	Evaluation  *Evaluation
	Assumptions *Assumptions
	Transfer    []TransferComparison `json:",omitempty"`
}

// Permissions that files in the cache take over from its directory.
const (
	forReading = 0o044
	forLocking = 0o066 // on network file systems, locking a file takes permission to write to it
)

// entry returns the file that holds the outcome with the given key.
func entry(dir, key string) string { return filepath.Join(dir, key+".run") }

// cached returns the outcome stored under a key, or nil if there is none. A file
// that is incomplete or belongs to another key is renamed, with a warning.
func cached(key string) *Outcome {
	dir := CacheDir()
	if dir == "" {
		return nil
	}
	file := entry(dir, key)
	o, err := readOutcome(file, key)
	switch {
	case err == nil:
		now := time.Now()
		os.Chtimes(file, now, now) // the least recently used are evicted first
		return o
	case errors.Is(err, fs.ErrPermission):
		notify(Warning(fmt.Sprintf("cache: %v; the experiment is run again (its owner can make it readable: chmod a+r)", err)))
		return nil
	case errors.As(err, new(*fs.PathError)): // there is none
		return nil
	}
	notify(Warning(fmt.Sprintf("cache: %s cannot be used: %v; the experiment is run again", file, err)))
	os.Rename(file, file+".damaged") // or else the next run replaces it
	os.Remove(originFile(file))
	return nil
}

func readOutcome(file, key string) (*Outcome, error) {
	var s storedOutcome
	arrays, err := artifact.Read(file, runKind, &s)
	if err != nil {
		return nil, err
	}
	if s.Key != key || s.Evaluation == nil {
		return nil, errors.New("it belongs to another experiment")
	}
	if !s.Result.sound() {
		return nil, artifact.ErrDamaged
	}
	r := s.Result.decode()
	o := &Outcome{Result: &r, Evaluation: s.Evaluation, Assumptions: s.Assumptions, Transfer: s.Transfer, Cached: true}
	if s.Network != nil {
		if o.Network, arrays, err = s.Network.decode(arrays); err != nil {
			return nil, err
		}
	}
	if !unpackHistory(&o.Result.History, arrays) {
		return nil, errOtherShapes
	}
	return o, nil
}

// store stores an outcome under a key, and its [Origin] beside it, and deletes its
// checkpoint. If that fails, observers receive a warning.
func store(key string, o *Outcome) {
	dir := CacheDir()
	if dir == "" {
		return
	}
	s := storedOutcome{Key: key, Platform: hashed(platform()), Code: hashed(code()), Result: o.Result.encode(), Evaluation: o.Evaluation, Assumptions: o.Assumptions, Transfer: o.Transfer}
	var arrays []any
	if o.Network != nil {
		var spec networkSpec
		spec, arrays = o.Network.encode()
		s.Network = &spec
	}
	file := entry(dir, key)
	s.Result.Losses, s.Result.Accuracies, s.Result.LearningRates = nil, nil, nil
	arrays = append(arrays, packHistory(&o.Result.History)...)
	err := os.MkdirAll(dir, 0o777)
	if err == nil {
		s.Experiment, err = json.Marshal(o.Experiment)
	}
	if err == nil {
		err = artifact.Write(file, runKind, s, arrays)
	}
	if err != nil {
		notify(Warning(fmt.Sprintf("cache: %v; the outcome is not cached (set PNC_CACHE to another directory, or to off)", err)))
		return
	}
	userdir.Share(file, forReading)
	if err := writeOrigin(file, key, o, s.Experiment); err != nil {
		notify(Warning(fmt.Sprintf("cache: %v; the outcome is cached all the same", err)))
	}
	userdir.Share(originFile(file), forReading)
	os.Remove(checkpointFile(key)) // a short run has none
	if info, err := os.Stat(file); err == nil {
		evict(dir, info.Size())
	}
}

// checkpointFile returns the file in which the run with a key saves its state while
// it is under way, or "" without a cache.
func checkpointFile(key string) string {
	dir := CacheDir()
	if dir == "" || os.MkdirAll(dir, 0o777) != nil {
		return ""
	}
	return filepath.Join(dir, key+".checkpoint")
}
