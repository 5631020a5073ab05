package pnc

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"pnclab/pnc/internal/gemm"
)

// checkpointEvery is the least time between two checkpoints of a run. Tests change
// it.
var checkpointEvery = 30 * time.Second

// checkpoint is the state of a training run between two epochs: all that is
// needed to go on as if it had never stopped, to the last bit.
type checkpoint struct {
	Run    string // describes the run, so that it is not resumed as another
	State  [][]float64
	Random []byte // state of the generator of mini-batches
	Order  []int
	Result Result
}

// A resumable stepper can hand out its state between steps and take it back.
type resumable interface {
	// state returns copies of everything that steps change, exactly.
	state() [][]float64
	// restore undoes what happened since state returned s. It returns an error if s
	// is of another network.
	restore(s [][]float64) error
}

// copies returns copies of the arrays that each hands out.
func copies[T gemm.Float](each func(func([]T))) [][]float64 {
	var all [][]float64
	each(func(v []T) {
		c := make([]float64, len(v))
		convert(c, v)
		all = append(all, c)
	})
	return all
}

// fillFrom copies s to the arrays that each hands out.
func fillFrom[T gemm.Float](s [][]float64, each func(func([]T))) error {
	i, err := 0, error(nil)
	each(func(v []T) {
		if i >= len(s) || len(s[i]) != len(v) {
			err = errors.New("it holds another network")
			return
		}
		convert(v, s[i])
		i++
	})
	return err
}

// state returns parameters, their momentum and the running statistics.
func (e *engine[T]) state() [][]float64 { return copies(e.eachState) }

func (e *engine[T]) restore(s [][]float64) error { return fillFrom(s, e.eachState) }

// eachState calls f for every array that training changes.
func (e *engine[T]) eachState(f func([]T)) {
	for i := range e.layers {
		e.layers[i].eachState(f)
	}
}

// description identifies the run a checkpoint belongs to.
func (t *training) description() string {
	s := t.settings
	s.Recorder, s.Checkpoint, s.TimeLimit = nil, "", 0
	text := fmt.Sprintf("%+v on %v:", s, t.data)
	for _, l := range t.net.Layers {
		out, in := l.W.Dims()
		text += fmt.Sprintf(" %d×%d", out, in)
	}
	return text
}

// save writes a checkpoint if there is a file for one and the last is old
// enough.
func (t *training) save() error {
	r, ok := t.stepper.(resumable)
	if t.settings.Checkpoint == "" || !ok || time.Since(t.saved) < checkpointEvery {
		return nil
	}
	random, err := t.source.MarshalBinary()
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	t.saved = time.Now()
	return writeGob(t.settings.Checkpoint, checkpoint{
		Run: t.description(), State: r.state(), Random: random, Order: t.order, Result: t.result,
	})
}

// resume continues from the checkpoint, if there is one.
func (t *training) resume() error {
	r, ok := t.stepper.(resumable)
	if t.settings.Checkpoint == "" || !ok {
		return nil
	}
	f, err := os.Open(t.settings.Checkpoint)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	defer f.Close()
	var c checkpoint
	err = gob.NewDecoder(f).Decode(&c)
	if err == nil && c.Run != t.description() {
		err = errors.New("it is of another run")
	}
	if err == nil && c.Result.Method != t.result.Method {
		err = errors.New("it began from other weights")
	}
	if err == nil {
		err = r.restore(c.State)
	}
	if err == nil {
		err = t.source.UnmarshalBinary(c.Random)
	}
	if err != nil {
		return fmt.Errorf("checkpoint %s cannot be resumed: %w; delete it, or name another file", t.settings.Checkpoint, err)
	}
	t.order, t.result, t.earlier = c.Order, c.Result, c.Result.Elapsed
	return nil
}

// writeGob writes v in gob form; the file has its name only once it is complete.
func writeGob(path string, v any) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once the file has its name
	err = gob.NewEncoder(f).Encode(v)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
