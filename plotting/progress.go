package plotting

import (
	"fmt"
	"html"
	"os"
	"time"

	"pnclab/plotting/internal/gonb"
	"pnclab/pnc"
)

// Progress returns a Recorder that shows the progress of training: in a notebook as
// one output of the cell, updated at most five times per second, and elsewhere as a
// line on the terminal. The title says what is trained; it may be empty.
func Progress(title string) pnc.Recorder {
	if !gonb.Connected() {
		return &printer{w: os.Stderr}
	}
	return &liveProgress{title: title, update: newOutput(), sync: gonb.Sync}
}

// newOutput returns a function that shows something in an output of the cell, which
// replaces what it has shown before.
func newOutput() (update func(page, line string)) {
	id := "pnc-progress-" + gonb.NewID()
	return func(page, line string) {
		gonb.Show(gonb.Output{Text: map[string]string{gonb.HTML: page, gonb.Plain: line}, ID: id})
	}
}

// liveProgress keeps an output of a notebook up to date.
type liveProgress struct {
	title  string
	update func(page, line string) // as HTML, and as text for frontends without it
	sync   func()
	last   time.Time
}

// between is the least time between two updates.
const between = 200 * time.Millisecond

func (r *liveProgress) Record(p *pnc.TrainingState) error {
	if !p.Done && time.Since(r.last) < between {
		return nil
	}
	r.last = time.Now()
	share := 1.0
	if p.Epochs > 0 && !p.Done {
		share = float64(p.Epoch) / float64(p.Epochs)
	}
	line := p.String()
	if r.title != "" {
		line = r.title + ": " + line
	}
	r.update(progressHTML(line, share), line)
	if p.Done {
		r.sync()
	}
	return nil
}

// progressHTML returns a line above a bar.
func progressHTML(line string, share float64) string {
	return fmt.Sprintf(`<div style="max-width:40em;font-size:0.9em"><div>%s</div>`+
		`<div style="height:4px;border-radius:2px;background:rgba(128,128,128,0.3)"><div style="height:4px;border-radius:2px;width:%.1f%%;background:#0072B2"></div></div></div>`,
		html.EscapeString(line), 100*share)
}
