package files

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pnclab/internal/userdir"
)

// File is a file of a public data set as its authors publish it.
type File struct {
	// Name is the name of the file.
	Name string
	// Patterns are the accepted names, as patterns of filepath.Match, best first. Nil
	// means Name with and without ".gz".
	Patterns []string
	// Unread are the names of published versions that cannot be read.
	Unread []string
	// URLs are the addresses to download it from, in the order in which to try them.
	URLs []string
	// SHA256 is the checksum in hexadecimal, Size the length in bytes.
	SHA256 string
	Size   int64
}

func (f File) patterns() []string {
	if f.Patterns != nil {
		return f.Patterns
	}
	return []string{f.Name, base(f.Name), base(f.Name) + ".gz"}
}

// Progress is called with the number of bytes of a file that have arrived and their
// total.
type Progress func(name string, done, total int64)

// Set says which directories can hold the files of a data set.
type Set struct {
	// Name is the name of its directory.
	Name string
	// Folders are other paths below the user's directory, as other programs lay them
	// out, such as MNIST/raw.
	Folders []string
	// Flat says that the files can be identified by their names, outside of a
	// directory of their own.
	Flat bool
}

// Store says where files of data sets are looked up and kept.
type Store struct {
	// Given is the user's directory of data; empty means none.
	Given string
	// Cache is the directory for downloads; empty means none.
	Cache string
	// Offline forbids downloads.
	Offline bool
}

// Environment variables that say where data is.
const (
	EnvData    = "PNC_DATA"
	EnvOffline = "PNC_OFFLINE"
)

// Default returns the store that the environment describes: PNC_DATA is the directory
// that is searched first, the cache is pnclab/data in the user's cache directory, and
// PNC_OFFLINE forbids downloads unless it is empty or 0.
//
// A relative PNC_DATA that does not exist in the working directory is looked up in the
// directories above it, up to the root of the module, so that it means the same in
// the tests of every package.
func Default() (Store, error) {
	offline := os.Getenv(EnvOffline)
	s := Store{Offline: offline != "" && offline != "0"}
	s.Cache, _ = userdir.Cache("data") // "" without a cache directory
	given := os.Getenv(EnvData)
	if given == "" {
		return s, nil
	}
	var ok bool
	if s.Given, ok = findDir(given); !ok {
		return s, fmt.Errorf("%s=%s: no such directory; correct or unset it", EnvData, given)
	}
	return s, nil
}

// findDir returns the absolute path of an existing directory.
func findDir(dir string) (string, bool) {
	isDir := func(path string) bool {
		info, err := os.Stat(path)
		return err == nil && info.IsDir()
	}
	if filepath.IsAbs(dir) {
		return dir, isDir(dir)
	}
	from, err := os.Getwd()
	for err == nil {
		if path := filepath.Join(from, dir); isDir(path) {
			return path, true
		}
		_, noModule := os.Stat(filepath.Join(from, "go.mod"))
		if up := filepath.Dir(from); noModule == nil || up == from {
			break
		} else {
			from = up
		}
	}
	return "", false
}

// Find returns the paths of the given files of a data set, all from one of its
// directories. It reports false if none of them has all files. Damaged downloads count
// as missing.
func (s Store) Find(set Set, want []File) ([]string, bool) {
	for _, dir := range s.dirs(set) {
		var paths []string
		for _, f := range want {
			if path, ok := s.sound(f, dir); ok {
				paths = append(paths, path)
			}
		}
		if len(paths) == len(want) {
			return paths, true
		}
	}
	return nil, false
}

// dirs returns the directories to search: those of the set in Given, Given itself, and
// that of the set in Cache.
func (s Store) dirs(set Set) []string {
	var dirs []string
	if s.Given != "" {
		for _, folder := range append([]string{set.Name}, set.Folders...) {
			dirs = append(dirs, filepath.Join(s.Given, folder))
		}
		if owner := owner(s.Given); owner == plain(set.Name) || set.Flat && !slices.Contains(namesakes, owner) {
			dirs = append(dirs, s.Given)
		}
	}
	if s.Cache != "" {
		dirs = append(dirs, filepath.Join(s.Cache, set.Name))
	}
	return dirs
}

// namesakes are data sets whose files have the names of MNIST's.
var namesakes = []string{"fashion", "fashionmnist", "kmnist", "kuzushijimnist", "emnist", "qmnist", "notmnist"}

// owner returns the name of the data set that a directory seems to belong to:
// FashionMNIST/raw is not MNIST.
func owner(dir string) string {
	if filepath.Base(dir) == "raw" {
		dir = filepath.Dir(dir)
	}
	return plain(filepath.Base(dir))
}

// plain returns a name in lower case without what separates its words.
func plain(name string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name))
}

// sound returns the path of the file in a directory, if it is not a damaged download.
func (s Store) sound(f File, dir string) (string, bool) {
	path, ok := f.in(dir)
	if ok && s.Cache != "" && filepath.Dir(dir) == filepath.Clean(s.Cache) && filepath.Base(path) == f.Name {
		ok = s.Check(f, path) == ""
	}
	return path, ok
}

// in returns the path of the file in a directory.
func (f File) in(dir string) (string, bool) { return firstIn(dir, f.patterns()) }

// firstIn returns the first file in a directory whose name matches the first pattern
// that any matches. Only names are patterns: the path may have brackets. Some archives
// unpack into a directory with the name of the file in it, which is then that file.
func firstIn(dir string, patterns []string) (string, bool) {
	entries, _ := os.ReadDir(dir) // nothing in a directory that cannot be read
	for _, pattern := range patterns {
		for _, e := range entries {
			if ok, _ := filepath.Match(pattern, e.Name()); !ok {
				continue
			}
			path := filepath.Join(dir, e.Name())
			if inner := filepath.Join(path, e.Name()); isFile(inner) {
				path = inner
			}
			return path, true
		}
	}
	return "", false
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// Unread returns the path of a version of one of the files that cannot be read; ""
// if there is none.
func (s Store) Unread(set Set, want []File) string {
	for _, dir := range s.dirs(set) {
		for _, f := range want {
			if path, ok := firstIn(dir, f.Unread); ok {
				return path
			}
		}
	}
	return ""
}

// Get returns the paths of the given files of a data set and downloads missing ones to
// the cache.
func (s Store) Get(ctx context.Context, set Set, want []File, progress Progress) ([]string, error) {
	return s.get(ctx, set, want, progress, Download)
}

// downloader is a function that does what [Download] does.
type downloader func(ctx context.Context, f File, path string, progress Progress) error

// get is Get with the function that downloads.
func (s Store) get(ctx context.Context, set Set, want []File, progress Progress, download downloader) ([]string, error) {
	name := set.Name
	if paths, ok := s.Find(set, want); ok {
		return paths, nil
	}
	if want[0].URLs == nil {
		return nil, fmt.Errorf("%s: %s not found in %s", name, want[0].Name, s.place(name))
	}
	if path := s.Unread(set, want); s.Offline && path != "" {
		return nil, fmt.Errorf("%s: %s is a version that only Python reads and downloads are off (%s); put %s beside it", name, path, EnvOffline, want[0].Name)
	}
	if path, differs := s.Damaged(set, want); s.Offline && path != "" {
		return nil, fmt.Errorf("%s: %s is damaged (%s) and downloads are off (%s); delete it, or allow downloads to replace it", name, path, differs, EnvOffline)
	}
	if s.Offline {
		return nil, fmt.Errorf("%s: %s not found and downloads are off (%s); put it into %s", name, want[0].Name, EnvOffline, s.place(name))
	}
	if s.Cache == "" {
		return nil, fmt.Errorf("%s: no cache directory to download to; set HOME or XDG_CACHE_HOME", name)
	}
	var paths []string
	for _, f := range want {
		path, ok := s.sound(f, filepath.Join(s.Cache, name))
		if !ok {
			path = filepath.Join(s.Cache, name, f.Name)
			if err := download(ctx, f, path, progress); err != nil {
				if ctx.Err() == nil {
					s.noteFailure()
				}
				return nil, fmt.Errorf("%s: %w; or get it elsewhere and put it into %s", name, err, s.place(name))
			}
			if info, err := os.Stat(path); err == nil {
				s.remember(checked{Path: path, Size: info.Size(), ModTime: info.ModTime().UnixNano(), SHA256: f.SHA256})
			}
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// place returns the directory where the user can put the files of a data set.
func (s Store) place(name string) string {
	if s.Given != "" {
		return filepath.Join(s.Given, name)
	}
	return filepath.Join("$"+EnvData, name)
}

// noteFailure records that a download has just failed.
func (s Store) noteFailure() {
	// Without the record, the next program waits for the server again.
	_ = os.WriteFile(s.failureNote(), nil, 0o644)
}

// FailedLately reports whether a download failed in the last ten minutes. Programs that
// can do without the data need not try again: the cells of a notebook are separate
// programs, each of which would wait for the same server. A failure in the future, of a
// clock that was ahead, is none.
func (s Store) FailedLately() bool {
	info, err := os.Stat(s.failureNote())
	if err != nil {
		return false
	}
	ago := time.Since(info.ModTime())
	return 0 <= ago && ago < 10*time.Minute
}

func (s Store) failureNote() string { return filepath.Join(s.Cache, "download-failed") }
