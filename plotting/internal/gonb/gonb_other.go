//go:build !unix

package gonb

import "os"

// Connected reports whether a GoNB kernel runs the program: there is none for this
// system.
func Connected() bool { return false }

// Show does nothing.
func Show(Output) {}

// Sync does nothing.
func Sync() {}

// NewID returns no ID: there are no outputs.
func NewID() string { return "" }

// Headless reports whether nobody looks at the notebook: there is none.
func Headless() bool { return true }

// Reachable reports whether a page could send something to the program: no.
func Reachable() bool { return false }

// KernelID returns "": there is no kernel.
func KernelID() string { return "" }

// Listen does nothing.
func Listen(address string, receive func(text string)) {}

// Tell does nothing.
func Tell(address, text string) {}

// Interrupts returns nil: nobody stops the program.
func Interrupts() <-chan os.Signal { return nil }
