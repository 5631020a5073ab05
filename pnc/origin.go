package pnc

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"pnclab/internal/atomicfile"
	"pnclab/internal/oneline"
)

// Origin says what a cached outcome is and where it was computed. It is stored beside
// the outcome as readable JSON, in a file of the same name that ends in .json, for
// people, jq and grep: outcomes are served without it.
type Origin struct {
	Key        string
	Stored     time.Time
	Host       string `json:",omitempty"`
	Version    string // of pnclab
	Go         string
	System     string // such as "linux/amd64"
	Kernels    string // see [Kernels]
	Status     string // of training
	Epochs     int
	Experiment json.RawMessage
}

// originFile returns the file that says what the outcome in a file is.
func originFile(file string) string { return strings.TrimSuffix(file, ".run") + ".json" }

// writeOrigin writes the origin of an outcome that is being stored in a file.
func writeOrigin(file, key string, o *Outcome, experiment json.RawMessage) error {
	host, _ := os.Hostname() // or it stays empty
	text, err := json.MarshalIndent(Origin{
		Key: key, Stored: time.Now().UTC().Truncate(time.Second), Host: host, Version: Version, Go: runtime.Version(),
		System: runtime.GOOS + "/" + runtime.GOARCH, Kernels: Kernels(),
		Status: o.Result.Status.String(), Epochs: o.Result.Epochs, Experiment: experiment,
	}, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(originFile(file), append(text, '\n'))
}

// Origin returns what the file beside an outcome says. There is none for outcomes
// of programs before version 0.7; then the error wraps fs.ErrNotExist.
func (c CacheEntry) Origin() (Origin, error) {
	var o Origin
	text, err := os.ReadFile(originFile(c.File))
	if err == nil {
		err = json.Unmarshal(text, &o)
	}
	if err != nil {
		return Origin{}, fmt.Errorf("cache: %w", oneline.Error(err))
	}
	return o, nil
}
