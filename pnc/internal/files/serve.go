//go:build !js && !pnclab_cell

package files

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Serve is the Downloader: it reads from in which file it is to download where to, and
// writes to out how far it is. It gives up when in ends, as it does with the program that
// it downloads for.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	orders := json.NewDecoder(in)
	var o order
	if err := orders.Decode(&o); err != nil {
		return fmt.Errorf("no order: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		io.Copy(io.Discard, in)
		cancel(errors.New("the program that wanted it has ended"))
	}()
	reports := json.NewEncoder(out)
	err := Download(ctx, o.File, o.Path, func(_ string, done, total int64) {
		reports.Encode(report{Done: done, Total: total})
	})
	if err != nil {
		reports.Encode(report{Err: err.Error()})
	}
	return err
}
