//go:build !unix

package gonb

// Connected reports whether a GoNB kernel runs the program: there is none for this
// system.
func Connected() bool { return false }

// Show does nothing.
func Show(Output) {}

// Sync does nothing.
func Sync() {}

// NewID returns no ID: there are no outputs.
func NewID() string { return "" }
