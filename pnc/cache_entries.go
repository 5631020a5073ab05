package pnc

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"pnclab/pnc/internal/artifact"
)

// CacheEntry describes an outcome in the cache.
type CacheEntry struct {
	Key  string
	File string
	Size int64     // bytes, with those of the file of its [Origin]
	Used time.Time // when it was last stored, or served to its owner

	described bool // there is such a file
}

// CacheEntries returns the outcomes in the cache, the most recently used first.
func CacheEntries() ([]CacheEntry, error) {
	files, err := cacheFiles(CacheDir())
	if err != nil {
		return nil, err
	}
	var entries []CacheEntry
	for _, f := range files {
		if f.Key != "" {
			entries = append(entries, f)
		}
	}
	return entries, nil
}

// cacheFiles returns all regular files in the cache, the most recently used first.
// Outcomes, which have a Key, include the file of their origin. A cache that does not
// exist is empty.
func cacheFiles(dir string) ([]CacheEntry, error) {
	if dir == "" {
		return nil, nil
	}
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	var files []CacheEntry
	origins := map[string]CacheEntry{} // by key
	for _, d := range list {
		info, err := d.Info()
		if err != nil || !info.Mode().IsRegular() { // or it is gone
			continue
		}
		f := CacheEntry{File: filepath.Join(dir, d.Name()), Size: info.Size(), Used: info.ModTime()}
		if key, ok := strings.CutSuffix(d.Name(), ".json"); ok && ours(d.Name()) {
			origins[key] = f
			continue
		}
		f.Key, _ = strings.CutSuffix(d.Name(), ".run")
		if f.Key == d.Name() {
			f.Key = ""
		}
		files = append(files, f)
	}
	for i, f := range files {
		if o, ok := origins[f.Key]; ok {
			files[i].Size += o.Size
			files[i].described = true
			delete(origins, f.Key)
		}
	}
	files = slices.AppendSeq(files, maps.Values(origins)) // what a crash left behind
	slices.SortFunc(files, func(a, b CacheEntry) int {
		return cmp.Or(b.Used.Compare(a.Used), cmp.Compare(a.File, b.File))
	})
	return files, nil
}

// Describe returns the experiment of an entry as JSON, and whether this program can
// still serve it: not if it was stored by other code, on another kind of processor, or
// under another kind of keys. It returns an error if the file is damaged.
func (c CacheEntry) Describe() (experiment string, current bool, err error) {
	s, err := c.read()
	if err != nil {
		return "", false, err
	}
	text, err := json.MarshalIndent(s.Experiment, "", "  ")
	return string(text), s.Platform == hashed(platform()), err
}

func (c CacheEntry) read() (s storedOutcome, err error) {
	_, err = artifact.Read(c.File, runKind, &s)
	return s, err
}

// remove deletes an entry with the file of its origin, or another file of the cache.
// It returns how many files it deleted and how many bytes they had.
func (c CacheEntry) remove() (files int, bytes int64) {
	if os.Remove(c.File) != nil {
		return 0, 0
	}
	if !c.described || os.Remove(originFile(c.File)) != nil {
		return 1, c.Size
	}
	return 2, c.Size
}

// Verify reads the whole entry and returns an error if it is damaged or belongs to
// another key.
func (c CacheEntry) Verify() error {
	_, err := readOutcome(c.File, c.Key)
	return err
}

// PruneCache deletes outcomes that no program with this code can serve, on whatever
// kind of processor, damaged ones, what interrupted runs left behind more than a week
// ago, and then the least recently used outcomes and checkpoints of a day and older until
// the files take at most limit bytes. Outcomes that cannot be read, since they are somebody else's, stay. It returns
// how many files it deleted and how many bytes they had. It is safe beside running
// experiments.
func PruneCache(limit int64) (files int, bytes int64, err error) {
	dir := CacheDir()
	list, err := cacheFiles(dir)
	if err != nil {
		return 0, 0, err
	}
	remove := func(f CacheEntry) {
		n, size := f.remove()
		files += n
		bytes += size
	}
	var kept []CacheEntry
	for _, f := range list {
		switch name := filepath.Base(f.File); {
		case f.Key != "":
			s, err := f.read()
			switch {
			case err == nil && s.Code == hashed(code()), errors.Is(err, fs.ErrPermission):
				kept = append(kept, f)
			case !errors.Is(err, fs.ErrNotExist):
				remove(f)
			}
		case ours(name) && strings.HasSuffix(name, ".json"):
			if _, err := os.Stat(strings.TrimSuffix(f.File, ".json") + ".run"); errors.Is(err, fs.ErrNotExist) {
				remove(f) // or it has just been stored
			}
		case ours(name) && (strings.HasSuffix(name, ".damaged") || time.Since(f.Used) > leftAfter):
			remove(f)
		default:
			kept = append(kept, f)
		}
	}
	for _, f := range overLimit(kept, limit) {
		remove(f)
	}
	return files, bytes, nil
}

// pausedAfter is the age from which on a checkpoint is of a run that is not under way, which
// writes one every few seconds or minutes.
const pausedAfter = 24 * time.Hour

// leftAfter is the age from which on a checkpoint, a lock or a temporary file counts
// as left behind.
const leftAfter = 7 * 24 * time.Hour

// ours reports whether a file has the name of one that this package writes to the
// cache, such as that of a checkpoint, a lock, or an earlier version's outcome: the
// directory may be shared.
func ours(name string) bool {
	key, _, found := strings.Cut(strings.TrimPrefix(name, "."), ".")
	return found && len(key) == 64 && strings.Trim(key, "0123456789abcdef") == ""
}

// overLimit returns the least recently used outcomes, and checkpoints of runs that are
// not under way, that have to go for the files to take at most limit bytes.
func overLimit(files []CacheEntry, limit int64) []CacheEntry {
	mayGo := func(f CacheEntry) bool {
		name := filepath.Base(f.File)
		return f.Key != "" || ours(name) && strings.HasSuffix(name, ".checkpoint") && time.Since(f.Used) > pausedAfter
	}
	var sum int64
	for _, f := range files {
		if !mayGo(f) {
			sum += f.Size
		}
	}
	var over []CacheEntry
	for _, f := range files { // the most recently used first
		if !mayGo(f) {
			continue
		}
		if sum += f.Size; sum > limit {
			sum -= f.Size
			over = append(over, f)
		}
	}
	return over
}

// CacheLimit returns the number of bytes that the cache may take: PNC_CACHE_LIMIT, or
// 5 GB.
func CacheLimit() int64 {
	if n, err := strconv.ParseInt(os.Getenv("PNC_CACHE_LIMIT"), 10, 64); err == nil && n >= 0 {
		return n
	}
	return 5e9
}

// growth is what this process has stored since it last looked at the size of the cache.
// A look lists the whole directory, so the larger that is the rarer it is looked at.
var growth struct {
	sync.Mutex
	outcomes, before int   // stored since, and those that were there
	bytes            int64 // stored since
}

// evict deletes the least recently used outcomes beyond the limit, after one of n bytes was
// stored. It does so at the first, and then whenever 16 outcomes, an eighth of those that
// were there, or a 64th of the limit in bytes have been added: the cache is larger than the
// limit by that much at most for each process, and storing n outcomes costs O(n).
func evict(dir string, n int64) {
	growth.Lock()
	defer growth.Unlock()
	growth.outcomes++
	growth.bytes += n
	if growth.before > 0 && growth.outcomes < max(16, growth.before/8) && growth.bytes < CacheLimit()/64 {
		return
	}
	files, err := cacheFiles(dir)
	if err != nil {
		return
	}
	for _, f := range overLimit(files, CacheLimit()) {
		f.remove()
	}
	growth.outcomes, growth.before, growth.bytes = 0, len(files), 0
}
