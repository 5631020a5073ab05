package pnc

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"

	"pnclab/pnc/internal/gemm"
)

// Source is a recipe for data: a plain value that yields the same data for the
// same seed. [NearlyOrthonormal], [GaussianSpectrum], [Uniform], [Blobs] and
// [Unbalanced] make data; [Glyphs] renders images; [MNIST] and others read files.
type Source interface {
	Generate(seed uint64) (*Dataset, error)
}

// Experiment is everything that settles the outcome of a run: data, network,
// training and seed. It is a plain value; running it twice on the same kind of
// processor gives the same bits, which is what lets results be cached by it.
type Experiment struct {
	Data  Source
	Net   Architecture
	Init  Init
	Train Settings
	// Seed settles the data, the initial weights and the mini-batches.
	Seed uint64
	// Measures selects what is measured of the layers, during training too if
	// Train does not say otherwise; 0 stands for Everything, of which Spectrum can
	// take longer than training where layers are wide.
	Measures Measures `json:",omitempty"`
	// Assumptions asks for Run.Assumptions. It is for deep linear networks.
	Assumptions bool `json:",omitempty"`
	// Forget leaves the trained network, which can take megabytes, out of the run
	// and of the cache once everything is measured.
	Forget bool `json:",omitempty"`
}

// Run is the outcome of an experiment.
type Run struct {
	Experiment  Experiment
	Network     *Network     // trained; nil if the experiment is to forget it
	Result      *Result      // of training
	Evaluation  *Evaluation  // of all layers on the training data
	Assumptions *Assumptions // of the theorem, after training; nil if not asked for
	Cached      bool         // the run was taken from the cache
}

// Dataset returns the data the experiment trains on.
func (e Experiment) Dataset() (*Dataset, error) {
	if e.Data == nil {
		return nil, fmt.Errorf("experiment without Data; set it to a Source such as pnc.NearlyOrthonormal{...}")
	}
	return e.Data.Generate(e.Seed)
}

// Run trains and measures, or returns the result of an earlier run of the same
// experiment, see [CacheDir], or of one that is under way in another process: then
// it waits. The error is that of the data, of an impossible
// architecture or of [Train]; a run that diverged or was cancelled is returned
// beside its error and not cached.
func (e Experiment) Run(ctx context.Context) (*Run, error) {
	key, err := e.Key()
	if err != nil {
		return nil, err
	}
	if r, ok := cached(key); ok {
		r.Experiment, r.Cached = e, true
		return r, nil
	}
	release, err := claim(ctx, key)
	if err != nil {
		return nil, err
	}
	defer release()
	if r, ok := cached(key); ok { // by now
		r.Experiment, r.Cached = e, true
		return r, nil
	}
	data, err := e.Dataset()
	if err != nil {
		return nil, err
	}
	if err := e.Net.Check(data.Shape(), data.K()); err != nil {
		return nil, err
	}
	if e.Assumptions && (e.Net.Nonlinear > 0 || e.Net.Bias || e.Net.convolutional()) {
		return nil, fmt.Errorf("experiment: Assumptions are those of a deep linear network without bias, not of a %s", e.Net)
	}
	s := e.Train
	s.Seed, s.Checkpoint = e.Seed, checkpointFile(key)
	if s.Measures == 0 {
		s.Measures = e.Measures
	}
	r := &Run{Experiment: e, Network: e.Net.Build(data, e.Init, e.Seed)}
	t, err := newTraining(r.Network, data, &s)
	if err != nil {
		return r, err
	}
	if r.Result, err = t.do(ctx); err != nil {
		return r, err
	}
	if r.Evaluation, err = MeasureWith(ctx, r.Network, data, &Measuring{Measures: e.Measures}); err != nil {
		return r, err
	}
	if e.Assumptions {
		r.Assumptions = t.assumptions()
	}
	if e.Forget {
		r.Network = nil
	}
	return r, store(key, r)
}

// Key returns the name under which the run is cached: the SHA-256 of the
// experiment, of the sources of this package, and of the kind of processor. It
// returns an error if the experiment cannot be written as JSON or its data
// cannot be read.
func (e Experiment) Key() (string, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("experiment: %w", err)
	}
	content, err := fingerprint(e.Data)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s %s\n%s", text, content, runtime.GOARCH, gemm.Path(), sourceHash()))
	return hex.EncodeToString(sum[:]), nil
}

// fingerprint identifies what a source reads from files, and is empty for one that
// reads none.
func fingerprint(s Source) (string, error) {
	if f, ok := s.(interface{ Fingerprint() (string, error) }); ok {
		return f.Fingerprint()
	}
	return "", nil
}

// MarshalJSON writes the experiment with the type of its data beside it.
func (e Experiment) MarshalJSON() ([]byte, error) {
	type plain Experiment
	return json.Marshal(struct {
		plain
		Data namedSource
	}{plain(e), namedSource{e.Data}})
}

// String returns the experiment as JSON that can be kept beside its results.
func (e Experiment) String() string {
	b, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return fmt.Sprintf("experiment: %v", err)
	}
	return string(b)
}

// namedSource marshals a Source together with the name of its type.
type namedSource struct{ Source }

func (s namedSource) MarshalJSON() ([]byte, error) {
	if s.Source == nil {
		return []byte("null"), nil
	}
	return json.Marshal(map[string]any{reflect.TypeOf(s.Source).String(): s.Source})
}

// MarshalJSON writes the sizes and the data with its type.
func (s Unbalanced) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Of    namedSource
		Sizes []int
	}{namedSource{s.Of}, s.Sizes})
}
