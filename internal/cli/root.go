package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"pnclab/internal/provenance"
	"pnclab/pnc"
)

// commands holds the constructors of all commands, in the order of the help text.
var commands = []func() *cobra.Command{
	newReproduce,
	newLab,
	newNotebook,
	newShow,
	newKernelspec,
	newPlayground,
	newMeasure,
	newCompare,
	newDiff,
	newData,
	newCache,
	newSweep,
}

// errReported is returned by a command that has already printed what is wrong.
var errReported = errors.New("reported")

// exitError ends the program with a status of its own, and a message if there is one.
type exitError struct {
	status int
	err    error
}

func (e *exitError) Error() string { return fmt.Sprint(e.err) }

func (e *exitError) Unwrap() error { return e.err }

// interruptStatus is the exit status of a program that was stopped by Ctrl-C.
const interruptStatus = 130

// Main runs the command line and returns the exit status. Ctrl-C and SIGTERM
// cancel the command's context; a second one ends the program at once.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	defer pnc.Observe(noticeWriter(os.Stderr))()
	err := newRoot().ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if exit := (*exitError)(nil); errors.As(err, &exit) {
		if exit.err != nil {
			fmt.Fprintln(os.Stderr, "pnclab:", exit.err)
		}
		return exit.status
	}
	if ctx.Err() != nil {
		return interruptStatus
	}
	if !errors.Is(err, errReported) {
		fmt.Fprintln(os.Stderr, "pnclab:", err)
	}
	return 1
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "pnclab",
		Short:         "A laboratory for how features evolve from layer to layer in deep networks",
		Version:       provenance.Version(),
		SilenceUsage:  true,
		SilenceErrors: true, // Main prints them
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	for _, c := range commands {
		root.AddCommand(c())
	}
	sayUsage(root)
	return root
}
