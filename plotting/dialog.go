package plotting

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/signal"
	"sync"
	"time"

	"pnclab/plotting/internal/gonb"
)

// IdleLimit is the time after which [Interact], and [Live] while it is paused, end
// because nobody has moved anything.
var IdleLimit = 10 * time.Minute

// answerLimit is the time that a page has to answer.
const answerLimit = 2 * time.Second

// front is the part of a notebook's front end that shows the outputs of the cell.
type front struct {
	show   func(gonb.Output)
	sync   func() // waits until everything shown has arrived
	newID  func() string
	kernel string // name of the kernel on the page's server
	// listen calls receive with what the page sends to an address, and tell sends to
	// it. Both are nil if there is no page that could answer.
	listen func(address string, receive func(text string))
	tell   func(address, text string)
}

// kernelFront returns the front end of the notebook that runs the program.
func kernelFront() front {
	f := front{show: gonb.Show, sync: gonb.Sync, newID: gonb.NewID, kernel: gonb.KernelID()}
	if gonb.Reachable() {
		f.listen, f.tell = gonb.Listen, gonb.Tell
	}
	return f
}

// state is the state of the controls on a page, as the page sends it.
type state struct {
	N      int64 `json:"n"`  // number of the state: a newer one has a larger number
	At     []int `json:"at"` // positions of the controls
	Moving bool  `json:"moving"`
	Paused bool  `json:"paused"`
	Fast   bool  `json:"fast"`
	End    bool  `json:"end"` // the reader wants no more of it
}

// dialog is the exchange between a program and the controls that it has put on a page.
// The page repeats a state until its number comes back. Only the newest state counts,
// whatever the order in which states arrive.
type dialog struct {
	front
	id   string
	news chan struct{} // holds something when a state has arrived, be it an old one

	mu     sync.Mutex
	latest state
	heard  time.Time // when something arrived

	stopped chan os.Signal // interrupts: Jupyter's stop button
}

// newDialog returns a dialog that listens. The caller must close it.
func newDialog(f front) *dialog {
	d := &dialog{front: f, id: "pnclab-" + f.newID(), news: make(chan struct{}, 1), stopped: make(chan os.Signal, 1)}
	signal.Notify(d.stopped, os.Interrupt)
	unhurried.Add(1) // an interrupt ends the dialog, which then shows its last figure
	return d
}

// close gives interrupts their usual effect again.
func (d *dialog) close() {
	signal.Stop(d.stopped)
	unhurried.Add(-1)
}

// begin begins to receive what the page sends.
func (d *dialog) begin() { d.front.listen(d.id, d.receive) }

// receive takes what the page sends. It does not block.
func (d *dialog) receive(text string) {
	var s state
	if json.Unmarshal([]byte(text), &s) != nil || s.N <= 0 {
		return
	}
	d.mu.Lock()
	d.heard = time.Now()
	if s.N > d.latest.N {
		d.latest = s
	}
	d.mu.Unlock()
	select {
	case d.news <- struct{}{}:
	default:
	}
}

// newest returns the newest state.
func (d *dialog) newest() state {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.latest
}

// answer tells the page up to which state everything is done, and a text that it shows.
// It leaves both to the next repetition if the page has been silent for a while, since
// the kernel might then hold up everything else to look for it.
func (d *dialog) answer(n int64, text string) {
	d.mu.Lock()
	recently := time.Since(d.heard) < 800*time.Millisecond
	d.mu.Unlock()
	if recently {
		d.tell(d.id+"/page", fmt.Sprintf("%d %s", n, text))
	}
}

// controls shows the page with the controls. For what cannot show it there is a text.
func (d *dialog) controls(page, text string) {
	d.show(gonb.Output{Text: map[string]string{gonb.HTML: darkBelow + page, gonb.Plain: text}, ID: d.id})
}

// line shows a line in place of the controls.
func (d *dialog) line(text string) {
	d.controls(`<div style="font-family:sans-serif;font-size:14px">`+html.EscapeString(text)+"</div>", text)
}
