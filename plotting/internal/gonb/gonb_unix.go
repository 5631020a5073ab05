//go:build unix

package gonb

import (
	"encoding/gob"
	"os"
	"os/signal"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Connected reports whether a GoNB kernel runs the program.
func Connected() bool { return gonbui.IsNotebook }

// Show sends an output to the notebook.
func Show(o Output) { gonbui.SendData(o.message()) }

// Sync waits until the kernel has received everything that was shown. Without it,
// what a program shows last may be lost.
func Sync() { gonbui.Sync() }

// NewID returns an ID that no other output has.
func NewID() string { return gonbui.UniqueId() }

// Interrupts returns a channel that receives what Jupyter's stop button sends to the
// program, which no longer ends it then.
func Interrupts() <-chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	return c
}

func init() { gob.Register(map[string]any{}) } // of metadata, as the kernel does

// message returns the output in the form in which the kernel takes it. The pipe to
// the kernel is a gob stream: other types than these may not pass.
func (o Output) message() *protocol.DisplayData {
	m := &protocol.DisplayData{Data: map[protocol.MIMEType]any{}, DisplayID: o.ID}
	for mime, text := range o.Text {
		m.Data[protocol.MIMEType(mime)] = text
	}
	if o.PNG != nil {
		m.Data[png] = o.PNG
		m.Metadata = map[string]any{png: map[string]any{"width": o.Width, "height": o.Height, "alt": o.Alt}}
	}
	return m
}
