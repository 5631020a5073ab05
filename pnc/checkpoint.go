package pnc

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"unsafe"

	"pnclab/pnc/internal/artifact"
)

// checkpointKind names the format of checkpoints. A new format gets a new name.
const checkpointKind = "checkpoint/1"

// checkpoint is the state of a training run between two steps: together with the
// arrays of the stepper, all that is needed to continue as if it had never stopped,
// to the last bit.
type checkpoint struct {
	Run    string // identifies the run, so that no other run resumes from it
	Random []byte // state of the generator of mini-batches
	Epoch  position
	Result resultJSON
}

// Save writes the state of the run to a file, from which [Trainer.Resume] continues
// with the same bits. It may be called between any two steps.
func (t *Trainer) Save(file string) error {
	random, err := t.source.MarshalBinary()
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if err := artifact.Write(file, checkpointKind, checkpoint{t.identity(), random, t.epoch, t.Result().encode()}, t.stepper.state()); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// Resume continues the run from a file that [Trainer.Save] wrote. The trainer must
// have been created like the saved one, for the same settings, data and initial
// weights, which are compared by content, and must not have taken a step. The error
// wraps fs.ErrNotExist if there is no such file.
func (t *Trainer) Resume(file string) error {
	if t.result.Steps > 0 {
		return errors.New("checkpoint: a run that has begun cannot be resumed; create a new Trainer")
	}
	var c checkpoint
	arrays, err := artifact.Read(file, checkpointKind, &c)
	if errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil && c.Run != t.identity() {
		err = errors.New("it belongs to another run: settings, data or initial weights differ")
	}
	if err == nil && (!c.Epoch.fits(t.data.Len()) || !c.Result.sound() || c.Result.Steps != c.steps(t.settings.Batch)) {
		err = artifact.ErrDamaged
	}
	if err == nil {
		err = t.stepper.restore(arrays)
	}
	if err == nil {
		err = t.source.UnmarshalBinary(c.Random)
	}
	if err != nil {
		return fmt.Errorf("checkpoint %s cannot be resumed: %w; delete it or choose another file", file, err)
	}
	t.epoch, t.result = c.Epoch, c.Result.decode()
	if t.result.Status == TimeLimit { // of the run that was saved
		t.result.Status = 0
	}
	t.earlier, t.resumed = t.result.Elapsed, t.result.Elapsed
	t.told, t.dirty = t.result.Epochs, t.result.Steps > 0
	return nil
}

// fits reports whether p is a valid position in an epoch of n samples.
func (p *position) fits(n int) bool {
	seen := make([]bool, n)
	for _, i := range p.Order {
		if i < 0 || i >= n || seen[i] {
			return false
		}
		seen[i] = true
	}
	return len(p.Order) == n && p.At >= 0 && p.At < n
}

// steps returns the number of steps, which a step of Adam depends on, that lead to the
// position with batches of the given size, or -1 if none do.
func (c *checkpoint) steps(batch int) int {
	perEpoch := (len(c.Epoch.Order) + batch - 1) / batch
	done := c.Result.Epochs * perEpoch
	if at := c.Epoch.At; at%batch != 0 {
		return -1
	} else if at > 0 || c.Result.Status == Diverged { // within the last of the epochs
		done += at/batch - perEpoch
	}
	if c.Result.Status == Diverged { // in the step after the position
		done++
	}
	return done
}

// identity identifies the run by everything that determines it: settings, data, and
// the network with its initial weights. Limits and observers are left out.
func (t *Trainer) identity() string {
	s := t.settings
	s.Recorder, s.Checkpoint, s.TimeLimit = nil, "", 0
	spec, _ := t.net.encode()
	text, err := json.Marshal([]any{s, spec, t.start, t.data.ClassNames, t.data.Labels})
	if err != nil {
		panic("pnc: " + err.Error()) // plain values
	}
	h := sha256.New()
	h.Write(text)
	t.data.samples.Hash(h)
	return hex.EncodeToString(h.Sum(nil))
}

// castagnoli is the table of the polynomial for which processors have instructions.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum returns the CRC-32C of all parameters and statistics of the network. It
// costs little compared with a single training step.
func (n *Network) checksum() uint32 {
	_, arrays := n.encode()
	var sum uint32
	for _, a := range arrays {
		v := a.([]float64)
		if len(v) > 0 {
			sum = crc32.Update(sum, castagnoli, unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), 8*len(v)))
		}
	}
	return sum
}
