//go:build !js

package files

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// Downloader is the name of the program that downloads for the cells of notebooks: see
// [Serve]. The kernel has it on its PATH.
const Downloader = "pncdownload"

// order is what the Downloader reads from its standard input.
type order struct {
	File File
	Path string
}

// report is what it writes to its standard output, any number of times: how far it is
// or, the last time, why it failed.
type report struct {
	Done, Total int64
	Err         string `json:",omitempty"`
}

// delegate does what Download does by means of the Downloader. Progress, errors and
// what happens when the context is cancelled are the same.
func delegate(ctx context.Context, f File, path string, progress Progress) error {
	fail := func(err error) error { return fmt.Errorf("%s could not be downloaded: %w", f.Name, err) }
	program, err := exec.LookPath(Downloader)
	if err != nil {
		return fail(fmt.Errorf("cells download by the program %s, which is not on PATH; use 'go run . data get' in the checkout", Downloader))
	}
	cmd := exec.CommandContext(ctx, program)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return fail(err)
	}
	cmd.Cancel = stdin.Close // it removes what it has begun
	cmd.WaitDelay = 5 * time.Second
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return fail(err)
	}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		return fail(err)
	}
	json.NewEncoder(stdin).Encode(order{f, path}) // if that fails, so does the program
	var last report
	for d := json.NewDecoder(stdout); d.Decode(&last) == nil && last.Err == ""; {
		if progress != nil {
			progress(f.Name, last.Done, last.Total)
		}
	}
	err = cmd.Wait()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fail(context.Cause(ctx))
	case last.Err != "":
		return errors.New(last.Err)
	}
	if line, _, _ := strings.Cut(strings.TrimSpace(complaint.String()), "\n"); line != "" {
		err = fmt.Errorf("%w: %s", err, line)
	}
	return fail(fmt.Errorf("%s: %w", Downloader, err))
}
