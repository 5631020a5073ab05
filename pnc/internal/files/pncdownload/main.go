//go:build !js && !pnclab_cell

// Command pncdownload downloads a file of a data set for a cell of a notebook: see
// [files.Serve]. It has no version for cells, which would call itself.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"pnclab/pnc/internal/files"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := files.Serve(ctx, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
