package sweep

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"pnclab/pnc"
)

// Status is what has become of a run.
type Status string

// The states of a run.
const (
	Missing     Status = "missing"     // nobody has begun it
	Running     Status = "running"     // a worker that is alive has begun it
	Interrupted Status = "interrupted" // it stopped before its end, and continues from a checkpoint if there is one
	Refused     Status = "refused"     // a worker would have computed something else
	Failed      Status = "failed"
	Diverged    Status = "diverged"
	Done        Status = "done"
)

// Statuses are all states, in the order in which they are reported.
var Statuses = []Status{Done, Running, Missing, Interrupted, Refused, Failed, Diverged}

// Settled reports whether a run with this status is not begun again by itself.
func (s Status) Settled() bool { return s == Done || s == Failed || s == Diverged }

// Record is an entry of a worker about a run.
type Record struct {
	Key    string    `json:"key"`
	Status Status    `json:"status"`
	Time   time.Time `json:"time"`
	// Seconds is the time that the worker spent on it, Training that of all workers so far
	// on its training.
	Seconds  float64 `json:"seconds,omitempty"`
	Training float64 `json:"training,omitempty"`
	Cached   bool    `json:"cached,omitempty"` // the outcome was taken from the cache
	Reason   string  `json:"reason,omitempty"` // why training stopped, such as "converged"
	Method   string  `json:"method,omitempty"`
	Epochs   int     `json:"epochs,omitempty"`
	Steps    int     `json:"steps,omitempty"`
	// Loss and Accuracy are those of the last epoch, nil if undefined.
	Loss     *float64 `json:"loss,omitempty"`
	Accuracy *float64 `json:"accuracy,omitempty"`
	StandIn  string   `json:"standIn,omitempty"` // the data set that made-up data took the place of
	Message  string   `json:"message,omitempty"` // of an error
	Log      string   `json:"log,omitempty"`     // file with more about it, in the folder
	// Origin is where an outcome from the cache was computed, empty as far as that is not
	// known; nil if this worker computed it.
	Origin *Origin `json:"origin,omitempty"`
}

// Origin says where a cached outcome was computed.
type Origin struct {
	Host    string `json:"host,omitempty"`
	Version string `json:"version,omitempty"`
	Go      string `json:"go,omitempty"`
	Kernels string `json:"kernels,omitempty"`
}

// originOf returns what the cache says of the outcome with a key.
func originOf(key string) *Origin {
	o, err := pnc.CacheEntry{Key: key, File: filepath.Join(pnc.CacheDir(), key+".run")}.Origin()
	if err != nil || o.Key != key {
		return &Origin{}
	}
	return &Origin{o.Host, o.Version, o.Go, o.Kernels}
}

// Measured is what was measured in a run, in addition to its record.
type Measured struct {
	Evaluation  *pnc.Evaluation          `json:"evaluation"`
	Assumptions *pnc.Assumptions         `json:"assumptions,omitempty"`
	Transfer    []pnc.TransferComparison `json:"transfer,omitempty"`
}

// Worker says where the records of a file come from: its first line.
type Worker struct {
	Host      string    `json:"host"`
	Process   int       `json:"process"`
	Job       string    `json:"job,omitempty"` // of the batch system
	Log       string    `json:"log,omitempty"` // what the job prints
	Began     time.Time `json:"began"`
	Version   string    `json:"version"` // with the commit, if it is known
	Go        string    `json:"go"`
	Processor string    `json:"processor"`
	Kernels   string    `json:"kernels"`
	Threads   int       `json:"threads"`
}

const recordsFolder = "records"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// formatLine returns a line of a file of records: the CRC-32C of the rest in hexadecimal
// digits, a space, a JSON object and, after a tab, which JSON does not contain, perhaps
// another one.
func formatLine(parts ...any) ([]byte, error) {
	var texts [][]byte
	for _, p := range parts {
		text, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	rest := bytes.Join(texts, []byte{'\t'})
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(rest, castagnoli), rest), nil
}

// parseLine returns the parts of a line without its end, or false if it is damaged.
func parseLine(line []byte) (first, second []byte, ok bool) {
	if len(line) < 10 || line[8] != ' ' {
		return nil, nil, false
	}
	sum, err := strconv.ParseUint(string(line[:8]), 16, 32)
	if err != nil || uint32(sum) != crc32.Checksum(line[9:], castagnoli) {
		return nil, nil, false
	}
	first, second, _ = bytes.Cut(line[9:], []byte{'\t'})
	return first, second, true
}

// Journal is what all workers of a folder have recorded.
type Journal struct {
	folder string
	files  map[string]*journalFile
	states map[string]*State
	// Damaged is the number of lines that are no records, such as half a line that a full
	// disk left. The runs that they were about count as not done.
	Damaged int
}

type journalFile struct {
	name   string
	read   int64 // bytes
	worker Worker
	alive  bool
}

// State is what the journal says of a run.
type State struct {
	Record           // the latest, or the one that is done
	Worker   *Worker // that wrote it; nil if the run is missing
	Attempts int     // how often it was begun

	file       *journalFile
	begin, end int64 // of the line
}

// Journal reads the records of the folder.
func (f *Folder) Journal() (*Journal, error) {
	j := &Journal{folder: filepath.Join(f.Path, recordsFolder), files: map[string]*journalFile{}, states: map[string]*State{}}
	return j, j.Refresh()
}

// Refresh reads what has been recorded since, and finds out which workers are alive.
func (j *Journal) Refresh() error {
	entries, err := os.ReadDir(j.folder)
	if errors.Is(err, fs.ErrNotExist) { // nobody has recorded anything
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) != ".records" {
			continue
		}
		info, err := entry.Info()
		if err != nil { // it is gone
			continue
		}
		f := j.files[entry.Name()]
		if f == nil {
			f = &journalFile{name: entry.Name()}
			j.files[entry.Name()] = f
		}
		if info.Size() > f.read {
			if err := j.readMore(f); err != nil {
				return err
			}
		}
		f.alive = alive(filepath.Join(j.folder, f.name), f.worker.Host, info.ModTime())
	}
	return nil
}

// readMore reads the complete lines that a file has more than at the last time.
func (j *Journal) readMore(f *journalFile) error {
	file, err := os.Open(filepath.Join(j.folder, f.name))
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Seek(f.read, io.SeekStart); err != nil {
		return err
	}
	lines := bufio.NewReaderSize(file, 1<<18)
	var long []byte // of a line that does not fit
	for {
		line, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			long = append(long, line...)
			continue
		case errors.Is(err, io.EOF): // the rest is being written, or its worker was killed
			return nil
		case err != nil:
			return err
		case len(long) > 0:
			line = append(long, line...)
			long = long[:0]
		}
		j.add(f, line[:len(line)-1], f.read)
		f.read += int64(len(line))
	}
}

// add adds a line that begins at an offset of a file.
func (j *Journal) add(f *journalFile, line []byte, offset int64) {
	if len(line) == 0 { // what follows half a line
		return
	}
	first, _, ok := parseLine(line)
	if !ok {
		j.Damaged++
		return
	}
	if offset == 0 {
		if json.Unmarshal(first, &f.worker) != nil {
			j.Damaged++
		}
		return
	}
	var r Record
	if json.Unmarshal(first, &r) != nil {
		j.Damaged++
		return
	}
	s := j.states[r.Key]
	if s == nil {
		s = &State{}
		j.states[r.Key] = s
	}
	if r.Status == Running {
		s.Attempts++
	}
	if s.Status == Done || r.Status != Done && r.Time.Before(s.Time) {
		return
	}
	s.Record, s.Worker, s.file, s.begin, s.end = r, &f.worker, f, offset, offset+int64(len(line))
}

// Of returns the state of the run with a key.
func (j *Journal) Of(key string) State {
	s := j.states[key]
	if s == nil {
		return State{Record: Record{Key: key, Status: Missing}}
	}
	state := *s
	if state.Status == Running && !s.file.alive {
		state.Status = Interrupted
	}
	return state
}

// Measured returns what was measured in a run that is done.
func (j *Journal) Measured(key string) (*Measured, error) {
	s := j.states[key]
	if s == nil || s.Status != Done {
		return nil, fmt.Errorf("the run %.12s is not done", key)
	}
	file, err := os.Open(filepath.Join(j.folder, s.file.name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	line := make([]byte, s.end-s.begin)
	if _, err := file.ReadAt(line, s.begin); err != nil {
		return nil, err
	}
	_, second, ok := parseLine(line)
	if !ok {
		return nil, fmt.Errorf("%s: the record of the run %.12s is damaged", s.file.name, key)
	}
	var m Measured
	if err := json.Unmarshal(second, &m); err != nil {
		return nil, err
	}
	return &m, nil
}

const (
	// beatEvery is the time after which a worker touches the file of its records.
	beatEvery = 20 * time.Second
	// deadAfter is the time without a touch after which a worker counts as dead. Clocks of
	// machines may differ.
	deadAfter = 3 * time.Minute
)

// alive reports whether the worker that writes a file is alive: it touched the file
// lately and, if it runs on this machine, still holds its lock.
func alive(path, host string, touched time.Time) bool {
	if time.Since(touched) > deadAfter {
		return false
	}
	if own, _ := os.Hostname(); own != host || !locksFiles {
		return true
	}
	lock := flock.New(path)
	defer lock.Close()
	free, err := lock.TryRLock()
	return !free || err != nil
}

// locksFiles says whether a file that is locked can be read by others.
const locksFiles = runtime.GOOS != "windows"

// journalWriter appends the records of one worker to a file of its own, which it
// creates with the first one.
type journalWriter struct {
	folder string
	worker Worker
	file   *os.File
	lock   *flock.Flock
	stop   chan struct{} // ends the heartbeat
	torn   bool          // the last line may be incomplete
}

// append writes a record and what was measured, if it isn't nil.
func (w *journalWriter) append(r Record, m *Measured) error {
	if w.file == nil {
		if err := w.create(); err != nil {
			return err
		}
	}
	parts := []any{r}
	if m != nil {
		parts = append(parts, m)
	}
	return w.write(parts...)
}

func (w *journalWriter) write(parts ...any) error {
	line, err := formatLine(parts...)
	if err != nil {
		return err
	}
	if w.torn {
		line = slices.Concat([]byte{'\n'}, line)
	}
	_, err = w.file.Write(line)
	w.torn = err != nil
	return err
}

// create creates the file. Its name is in order of time and belongs to no other worker.
func (w *journalWriter) create() error {
	if err := os.MkdirAll(w.folder, 0o777); err != nil {
		return err
	}
	host := strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r == ':' {
			return '-'
		}
		return r
	}, w.worker.Host)
	for try := 0; ; try++ {
		name := fmt.Sprintf("%s-%s-%d-%d.records", w.worker.Began.UTC().Format("20060102T150405"), host, w.worker.Process, try)
		file, err := os.OpenFile(filepath.Join(w.folder, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o666)
		if os.IsExist(err) && try < 1000 {
			continue
		}
		if err != nil {
			return err
		}
		w.file = file
		break
	}
	if err := w.write(w.worker); err != nil { // without its first line it would say nothing
		os.Remove(w.file.Name())
		w.file.Close()
		w.file, w.torn = nil, false
		return err
	}
	if locksFiles {
		w.lock = flock.New(w.file.Name())
		w.lock.TryLock() // where that isn't possible, the heartbeat has to do
	}
	w.stop = make(chan struct{})
	go func(path string, stop chan struct{}) {
		ticker := time.NewTicker(beatEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				now := time.Now()
				os.Chtimes(path, now, now)
			case <-stop:
				return
			}
		}
	}(w.file.Name(), w.stop)
	return nil
}

// close makes sure that all records are on the disk.
func (w *journalWriter) close() error {
	if w.file == nil {
		return nil
	}
	close(w.stop)
	err := w.file.Sync()
	if w.lock != nil {
		w.lock.Close()
	}
	if e := w.file.Close(); err == nil {
		err = e
	}
	return err
}

// finite returns a pointer to a number that JSON can hold, or nil.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
