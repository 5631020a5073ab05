package pnc

import (
	"encoding/json"
	"errors"
	"fmt"

	"pnclab/internal/budget"
)

// Experiment is everything that determines the outcome of a run: data, network,
// training and seed. It is a plain value that survives JSON. Running it twice on the
// same kind of processor gives the same bits, so results can be cached under it.
type Experiment struct {
	Data  Source
	Net   Architecture
	Init  Init
	Train Settings
	// Seed determines the data, the initial weights and the mini-batches.
	Seed int
	// Measures selects what is measured of the layers, also during training unless
	// Train says otherwise; 0 means Everything. For wide layers, Spectrum can take
	// longer than training.
	Measures Measures `json:",omitempty"`
	// CheckAssumptions requests Outcome.Assumptions, for deep linear networks only.
	CheckAssumptions bool `json:"Assumptions,omitempty"`
	// Transfer is a new task for the trained network, whose layers are compared with the
	// closed form; the zero value means none. Measures must contain Scatter.
	Transfer TransferTask `json:",omitzero"`
	// Forget leaves the trained network, which can take megabytes, out of the outcome
	// and of the cache once everything is measured.
	Forget bool `json:",omitempty"`
}

// experimentVersion is the version of the JSON of experiments. Version 0, without
// the field, used numbers for precisions, methods and measures.
const experimentVersion = 1

// plainExperiment is an Experiment without its methods.
type plainExperiment Experiment

// experimentJSON is the JSON form of an Experiment: its fields, but Data together
// with its type.
type experimentJSON struct {
	Version int
	plainExperiment
	Data namedSource
}

// MarshalJSON writes a version and the experiment with the type of its data.
// Train.Recorder and Train.Checkpoint, which do not change results, are omitted.
func (e Experiment) MarshalJSON() ([]byte, error) {
	return json.Marshal(experimentJSON{experimentVersion, plainExperiment(e), namedSource{e.Data}})
}

// UnmarshalJSON reads what MarshalJSON writes, in this version of the program or an
// earlier one. Unknown fields are an error.
func (e *Experiment) UnmarshalJSON(b []byte) error {
	// A source within another is read as text first, so that time grows with the depth.
	if err := budget.JSON(b, budget.Cost{Object: 512, Element: 80, Field: 64, Depth: 50}); err != nil {
		return fmt.Errorf("experiment: %w", err)
	}
	var v experimentJSON
	if err := decodeStrictly(b, &v); err != nil {
		return fmt.Errorf("experiment: %w", err)
	}
	if v.Version > experimentVersion {
		return fmt.Errorf("experiment: version %d is from a newer program; this one reads versions up to %d", v.Version, experimentVersion)
	}
	*e = Experiment(v.plainExperiment)
	e.Data = v.Data.Source
	return nil
}

// String returns the experiment as JSON that can be kept beside its results.
func (e Experiment) String() string {
	b, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return fmt.Sprintf("experiment: %v", err)
	}
	return string(b)
}

// Dataset returns the data that the experiment trains on.
func (e Experiment) Dataset() (*Dataset, error) {
	if e.Data == nil {
		return nil, errors.New("experiment without Data; set it to a Source such as pnc.NearlyOrthonormal{...}")
	}
	return e.Data.Generate(e.Seed)
}

// Check returns an error if the experiment is not possible on the given data.
func (e Experiment) Check(data *Dataset) error {
	if err := e.Net.Check(data.Shape(), data.K()); err != nil {
		return err
	}
	if t := e.Transfer; t.Fit != nil && e.Measures != 0 && e.Measures&Scatter == 0 {
		return errors.New("experiment: a transfer task needs Scatter among the Measures")
	}
	if e.Transfer.Fit != nil && e.Net.Residual > 0 {
		return errors.New("experiment: a transfer task, which the closed form is compared with, is for networks without skips")
	}
	if e.CheckAssumptions && !e.Net.linear() {
		return fmt.Errorf("experiment: the assumptions can only be checked for a deep linear network without bias, not for a %s", e.Net)
	}
	return nil
}

// Key returns the name under which the outcome is cached: the SHA-256 of the
// experiment, of the contents of the files that its data come from or, for a Source
// from outside this package, of the data, and of everything else that the result
// depends on: the sources of this package, the kind of processor, and the versions
// of Go and of the modules involved. It returns an error if the experiment cannot be
// written as JSON or its data cannot be read.
//
// With PNC_CACHE_KEY=portable in the environment, keys leave out the kind of processor
// and the kernels ([Kernels]), so that machines of several kinds can share results.
// Bits are then those of whichever kind ran the experiment first, and of no single one
// if a run was continued on another: the same experiment has the same bits per kind
// only. Outcomes under portable keys are never served to a program without them.
func (e Experiment) Key() (string, error) {
	if err := checkKeys(); err != nil {
		return "", err
	}
	text, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("experiment: %w", err)
	}
	content, err := content(e.Data, e.Seed)
	if err != nil {
		return "", err
	}
	task, err := e.Transfer.content(e.Seed)
	if err != nil {
		return "", err
	}
	return hashed(string(text) + "\n" + content + task + "\n" + platform()), nil
}
