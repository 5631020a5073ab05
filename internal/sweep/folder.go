package sweep

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"pnclab/internal/atomicfile"
	"pnclab/internal/oneline"
	"pnclab/internal/provenance"
	"pnclab/pnc"
)

// Folder is the folder of a sweep: sweep.json, experiments.jsonl, and what workers
// write into records and logs.
type Folder struct {
	Path string
	Head Head
	Runs []Run
}

// Head is the content of sweep.json.
type Head struct {
	Format  int       `json:"format"` // 1
	Grid    pnc.Grid  `json:"grid"`
	Fields  []string  `json:"fields"` // of the coordinates
	Version string    `json:"version"`
	Kernels string    `json:"kernels"`
	Made    time.Time `json:"made"`
	List    string    `json:"list"` // SHA-256 of experiments.jsonl
}

// Run is one experiment of the list.
type Run struct {
	// Key is that of the experiment, as the program that made the list found it. A worker
	// whose code, kernels or data give another one refuses the run.
	Key         string          `json:"key"`
	Coordinates []any           `json:"coordinates"`
	Experiment  json.RawMessage `json:"experiment"`
}

// Decode returns the experiment.
func (r Run) Decode() (e pnc.Experiment, err error) {
	err = json.Unmarshal(r.Experiment, &e)
	return e, err
}

// PathOf returns the folder of the sweep in a file: "phases.sweep" beside phases.yaml.
// A folder is its own.
func PathOf(spec string) string {
	if info, err := os.Stat(spec); err == nil && info.IsDir() {
		return filepath.Clean(spec)
	}
	return strings.TrimSuffix(spec, filepath.Ext(spec)) + ".sweep"
}

// ErrOtherProgram says that the list of a folder was made by another program: other
// code, kernels, data, or another version of Go.
var ErrOtherProgram = errors.New("was planned with other code, kernels or data than this program has")

// Prepare returns the folder of the sweep in a file, or of one that is given itself.
// The list of its experiments is made if there is none, and again if the file has
// changed; what has been measured stays valid, since it is found by key. If keys of the
// list are not those that this program gives, the error wraps ErrOtherProgram; with
// renew, all are made again. A faulty file gives a [*SpecError].
func Prepare(spec string, renew bool) (*Folder, error) {
	path := PathOf(spec)
	old, err := Open(path)
	if path == filepath.Clean(spec) { // the folder alone
		switch {
		case renew && old != nil: // its head will do
			return create(path, old.Head.Grid)
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%s: no sweep in this folder; name the file of a sweep", spec)
		case err != nil:
			return nil, err
		}
		return old, old.checkFirst()
	}
	if err != nil && !renew && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	grid, wrong := ReadSpec(spec)
	if wrong != nil {
		return nil, wrong
	}
	if err != nil || renew {
		return create(path, grid)
	}
	if err := old.checkFirst(); err != nil {
		return old, err
	}
	if reflect.DeepEqual(old.Head.Grid, grid) {
		return old, nil
	}
	return create(path, grid)
}

// checkFirst returns an error if this program gives the first experiment another key.
// The keys of others are checked before they run.
func (f *Folder) checkFirst() error {
	if len(f.Runs) == 0 {
		return nil
	}
	if err := f.Runs[0].check(); err != nil {
		return fmt.Errorf("%s %w (version %s with kernels %s; here %s with %s): %v", f.Path, ErrOtherProgram, f.Head.Version, f.Head.Kernels, provenance.Version(), pnc.Kernels(), err)
	}
	return nil
}

// check returns an error if this program does not give the run its key.
func (r Run) check() error {
	e, err := r.Decode()
	if err != nil {
		return err
	}
	key, err := e.Key()
	if err != nil {
		return err
	}
	if key != r.Key {
		return fmt.Errorf("the experiment has the key %.12s here and %.12s in the list", key, r.Key)
	}
	return nil
}

const (
	headFile = "sweep.json"
	listFile = "experiments.jsonl"
)

// create makes the list of a grid and writes it to a folder.
func create(path string, grid pnc.Grid) (*Folder, error) {
	points, err := grid.Points()
	if err != nil {
		return nil, err
	}
	f := &Folder{Path: path, Runs: make([]Run, len(points))}
	errs := make([]error, len(points))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1) - 1); i < len(points); i = int(next.Add(1) - 1) {
				f.Runs[i], errs[i] = newRun(points[i])
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return nil, errors.New(first)
	}
	f.Head = Head{Format: 1, Grid: grid, Fields: grid.Fields(), Version: provenance.Version(), Kernels: pnc.Kernels(), Made: time.Now().UTC().Truncate(time.Second)}
	return f, f.write()
}

func newRun(p pnc.GridPoint) (r Run, err error) {
	r.Coordinates = []any{}
	for _, v := range p.Coordinates {
		if i, ok := v.(int); ok {
			v = float64(i) // as it is read back
		}
		r.Coordinates = append(r.Coordinates, v)
	}
	if r.Experiment, err = json.Marshal(p.Experiment); err == nil {
		r.Key, err = p.Experiment.Key()
	}
	return r, err
}

func (f *Folder) write() error {
	if err := os.MkdirAll(filepath.Join(f.Path, recordsFolder), 0o777); err != nil {
		return err
	}
	var list bytes.Buffer
	encoder := json.NewEncoder(&list)
	for _, r := range f.Runs {
		if err := encoder.Encode(r); err != nil {
			return err
		}
	}
	sum := sha256.Sum256(list.Bytes())
	f.Head.List = hex.EncodeToString(sum[:])
	head, err := json.MarshalIndent(f.Head, "", "  ")
	if err != nil {
		return err
	}
	if err := atomicfile.WriteFile(filepath.Join(f.Path, listFile), list.Bytes()); err != nil {
		return err
	}
	return atomicfile.WriteFile(filepath.Join(f.Path, headFile), append(head, '\n'))
}

// Open reads the folder of a sweep. The error wraps fs.ErrNotExist if there is none.
func Open(path string) (*Folder, error) {
	for try := 0; ; try++ {
		f, err := open(path)
		if !errors.Is(err, errOtherList) || try == 5 {
			return f, err
		}
		time.Sleep(100 * time.Millisecond) // another process may be replacing both files
	}
}

// errOtherList says that the list is not that of the head.
var errOtherList = errors.New("is not the list that sweep.json belongs to; pnclab sweep plan --renew makes both again")

// open returns the head alone if the list is wrong.
func open(path string) (*Folder, error) {
	text, err := os.ReadFile(filepath.Join(path, headFile))
	if err != nil {
		return nil, err
	}
	f := &Folder{Path: path}
	if err := json.Unmarshal(text, &f.Head); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(path, headFile), oneline.Error(err))
	}
	if f.Head.Format != 1 {
		return nil, fmt.Errorf("%s has format %d, of a newer program; this one reads format 1", filepath.Join(path, headFile), f.Head.Format)
	}
	list, err := os.ReadFile(filepath.Join(path, listFile))
	if err != nil {
		return f, fmt.Errorf("%v; pnclab sweep plan --renew makes it again", err)
	}
	if sum := sha256.Sum256(list); hex.EncodeToString(sum[:]) != f.Head.List {
		return f, fmt.Errorf("%s %w", filepath.Join(path, listFile), errOtherList)
	}
	lines := bufio.NewReader(bytes.NewReader(list))
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		var r Run
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(path, listFile), oneline.Error(err))
		}
		f.Runs = append(f.Runs, r)
	}
}

// Cached returns the number of runs that are not done and whose outcome is in the cache.
func (f *Folder) Cached(j *Journal) (int, error) {
	entries, err := pnc.CacheEntries()
	if err != nil {
		return 0, err
	}
	keys := make(map[string]bool, len(entries))
	for _, e := range entries {
		keys[e.Key] = true
	}
	n := 0
	for _, r := range f.Runs {
		if keys[r.Key] && j.Of(r.Key).Status != Done {
			n++
		}
	}
	return n, nil
}
