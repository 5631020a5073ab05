package plotting

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pnclab/plotting/internal/gonb"
)

// patient is longer than anything here takes, on the slowest machine.
const patient = 30 * time.Second

// fakePage is a page without a browser: it keeps what it was shown and told, and sends
// states.
type fakePage struct {
	t       *testing.T
	mu      sync.Mutex
	changed *sync.Cond
	outputs []gonb.Output
	answers []string
	receive func(string)
	synced  int
}

func newFakePage(t *testing.T) *fakePage {
	p := &fakePage{t: t}
	p.changed = sync.NewCond(&p.mu)
	return p
}

// front returns the front end that the program sees. A page that is not reachable
// cannot answer.
func (p *fakePage) front(reachable bool) front {
	f := front{
		show:  func(o gonb.Output) { p.note(func() { p.outputs = append(p.outputs, o) }) },
		sync:  func() { p.note(func() { p.synced++ }) },
		newID: func() string { return "test" }, kernel: "kernel",
	}
	if reachable {
		f.listen = func(address string, receive func(string)) { p.note(func() { p.receive = receive }) }
		f.tell = func(address, text string) { p.note(func() { p.answers = append(p.answers, text) }) }
	}
	return f
}

func (p *fakePage) note(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	p.changed.Broadcast()
}

// wait waits until a condition holds, which is called with the page locked.
func (p *fakePage) wait(what string, condition func() bool) {
	p.t.Helper()
	timeout := time.AfterFunc(patient, func() { p.changed.Broadcast() })
	defer timeout.Stop()
	end := time.Now().Add(patient)
	p.mu.Lock()
	defer p.mu.Unlock()
	for !condition() {
		if time.Now().After(end) {
			p.t.Fatalf("no %s; shown %d outputs, told %q", what, len(p.outputs), p.answers)
		}
		p.changed.Wait()
	}
}

// send sends a state once the program listens.
func (p *fakePage) send(s state) {
	p.t.Helper()
	p.wait("listener", func() bool { return p.receive != nil })
	text, err := json.Marshal(s)
	if err != nil {
		p.t.Fatal(err)
	}
	p.receive(string(text))
}

// done waits until the program has said that it is done with a state. Like a page, it
// repeats the state.
func (p *fakePage) done(s state) {
	p.t.Helper()
	for end := time.Now().Add(patient); ; {
		p.send(s)
		p.mu.Lock()
		n := p.last()
		p.mu.Unlock()
		if n >= s.N {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("state %+v is not answered, only %d", s, n)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// last returns the number of the last answer, of a locked page.
func (p *fakePage) last() int64 {
	if len(p.answers) == 0 {
		return -1
	}
	number, _, _ := strings.Cut(p.answers[len(p.answers)-1], " ")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		p.t.Errorf("answer %q", p.answers[len(p.answers)-1])
	}
	return n
}

// figures returns the outputs that are figures, of a locked page.
func (p *fakePage) figures() []gonb.Output {
	return slices.DeleteFunc(slices.Clone(p.outputs), func(o gonb.Output) bool { return o.PNG == nil })
}

// figureOf returns a figure whose caption is a text.
func figureOf(text string) *Figure {
	return Compression(Series("a", []float64{8, 4, 2})).Captioned(text)
}

// running runs an interaction with a page, and returns what waits for its end.
func running(t *testing.T, f front, draw func(Values) *Figure, controls ...Control) (wait func()) {
	ended := make(chan error, 1)
	go func() { ended <- interact(f, draw, starting(controls)) }()
	return func() {
		t.Helper()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(patient):
			t.Fatal("it does not end")
		}
	}
}

// TestInteract moves a control and ends by Done.
func TestInteract(t *testing.T) {
	p := newFakePage(t)
	wait := running(t, p.front(true), func(v Values) *Figure { return figureOf(v.String()) }, Int("depth", 2, 10, 6), Toggle("norm", true))
	p.send(state{N: 1, At: []int{4, 1}})
	p.wait("first figure", func() bool { return len(p.figures()) == 1 })
	p.done(state{N: 2, At: []int{5, 1}, Moving: true})
	p.wait("second figure", func() bool { return len(p.figures()) == 2 })
	p.done(state{N: 3, At: []int{5, 1}})
	p.wait("sharp figure", func() bool { return len(p.figures()) == 3 })
	p.send(state{N: 4, At: []int{5, 0}, End: true}) // Done before the last move was drawn
	wait()

	var captions []string
	figures := p.figures()
	for _, o := range figures {
		captions = append(captions, o.Text[gonb.Plain])
		if o.ID != figures[0].ID {
			t.Errorf("figures have the IDs %q and %q, and do not replace one another", o.ID, figures[0].ID)
		}
	}
	want := []string{"depth = 6, norm: on", "depth = 7, norm: on", "depth = 7, norm: on", "depth = 7, norm: off"}
	if !slices.Equal(slices.Compact(captions), slices.Compact(want)) {
		t.Errorf("figures for %q, want %q", captions, want)
	}
	if a, b := len(figures[1].PNG), len(figures[2].PNG); figures[1].Width != figures[2].Width || pixels(t, figures[1]) != 1 || pixels(t, figures[2]) != 2 {
		t.Errorf("moving and at rest, figures have %d and %d bytes and %v and %v pixels per pixel of the screen, want 1 and 2", a, b, pixels(t, figures[1]), pixels(t, figures[2]))
	}
	if last := figures[len(figures)-1]; pixels(t, last) != 2 {
		t.Error("the figure that stays is a draft")
	}
	first, last := p.outputs[0], lastWith(p.outputs, p.outputs[0].ID)
	if !strings.Contains(first.Text[gonb.HTML], "<fieldset disabled>") || strings.Contains(last.Text[gonb.HTML], "<fieldset") {
		t.Errorf("the controls are %.80q first and %q at the end", first.Text[gonb.HTML], last.Text[gonb.HTML])
	}
	if got, want := last.Text[gonb.Plain], "depth = 7, norm: off (done; run the cell again to move it)"; got != want {
		t.Errorf("it says %q at the end, want %q", got, want)
	}
	if p.synced != 1 {
		t.Errorf("synchronised %d times at the end, want 1", p.synced)
	}
}

// lastWith returns the last output with an ID.
func lastWith(outputs []gonb.Output, id string) gonb.Output {
	var last gonb.Output
	for _, o := range outputs {
		if o.ID == id {
			last = o
		}
	}
	return last
}

// TestInteractNewestWins sends states in any order while drawing is slow: no figure
// is followed by one of an older state, and the last is that of the newest.
func TestInteractNewestWins(t *testing.T) {
	p := newFakePage(t)
	begun, draws := make(chan int, 99), make(chan struct{})
	wait := running(t, p.front(true), func(v Values) *Figure {
		begun <- v.Int("a")
		<-draws
		return figureOf(fmt.Sprint(v.Int("a")))
	}, Int("a", 0, 99, 0))
	p.send(state{N: 1, At: []int{0}})
	<-begun
	draws <- struct{}{}
	p.wait("first figure", func() bool { return len(p.figures()) == 1 })
	// The state with number n has position n.
	p.send(state{N: 10, At: []int{10}, Moving: true})
	if a := <-begun; a != 10 {
		t.Errorf("it draws %d, not 10", a)
	}
	for _, n := range []int64{12, 11, 30, 20, 29, 30, 5} { // as the kernel may deliver them
		p.send(state{N: n, At: []int{int(n)}, Moving: true})
	}
	if len(begun) > 0 {
		t.Error("two figures are drawn at a time")
	}
	close(draws)
	p.done(state{N: 30, At: []int{30}, Moving: true})
	p.send(state{N: 31, At: []int{30}, End: true})
	wait()
	at := -1
	for _, o := range p.figures() {
		n, err := strconv.Atoi(o.Text[gonb.Plain])
		if err != nil || n < at {
			t.Errorf("the figure of %q follows that of %d", o.Text[gonb.Plain], at)
		}
		at = n
	}
	if a := <-begun; at != 30 || a != 30 || len(begun) > 0 {
		t.Errorf("after 10 it drew %d and %d more, and ends with %d, want the newest alone, 30", a, len(begun), at)
	}
}

// TestInteractBack returns to where the figure is while another is drawn: that one is
// not shown.
func TestInteractBack(t *testing.T) {
	p := newFakePage(t)
	draws, begun := make(chan struct{}), make(chan struct{}, 9)
	wait := running(t, p.front(true), func(v Values) *Figure {
		begun <- struct{}{}
		<-draws
		return figureOf(fmt.Sprint(v.Int("a")))
	}, Int("a", 0, 9, 0))
	p.send(state{N: 1, At: []int{0}})
	<-begun
	draws <- struct{}{}
	p.wait("first figure", func() bool { return len(p.figures()) == 1 })
	p.send(state{N: 2, At: []int{7}, Moving: true})
	<-begun
	p.done(state{N: 3, At: []int{0}, Moving: true})
	draws <- struct{}{}
	p.done(state{N: 4, At: []int{0}})
	p.send(state{N: 5, At: []int{0}, End: true})
	wait()
	for _, o := range p.figures() {
		if o.Text[gonb.Plain] != "0" {
			t.Errorf("the figure of %s was shown after the reader had left it", o.Text[gonb.Plain])
		}
	}
}

// TestInteractStops ends by the stop button and by the idle limit, also while a figure
// is drawn that never ends.
func TestInteractStops(t *testing.T) {
	interrupt := func(p *fakePage) {
		self, err := os.FindProcess(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		if err := self.Signal(os.Interrupt); err != nil {
			t.Skip(err) // Windows
		}
	}
	for name, test := range map[string]struct {
		stuck bool
		end   func(*fakePage)
		want  string
	}{
		"stop button":               {false, interrupt, "a = 0 (stopped; run the cell again to move it)"},
		"stop button while drawing": {true, interrupt, "a = 0 (stopped; run the cell again to move it)"},
		"idle":                      {false, func(*fakePage) {}, "a = 0 (ended after 300ms without a move; run the cell again to move it)"},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.HasPrefix(test.want, "a = 0 (ended") {
				defer func(d time.Duration) { IdleLimit = d }(IdleLimit)
				IdleLimit = 300 * time.Millisecond
			}
			p := newFakePage(t)
			never := make(chan struct{})
			defer close(never)
			wait := running(t, p.front(true), func(v Values) *Figure {
				if v.Int("a") > 0 {
					<-never
				}
				return figureOf("a figure")
			}, Int("a", 0, 9, 0))
			p.send(state{N: 1, At: []int{0}})
			p.wait("first figure", func() bool { return len(p.figures()) == 1 })
			if test.stuck {
				p.send(state{N: 2, At: []int{5}})
			}
			test.end(p)
			wait()
			if got := lastWith(p.outputs, p.outputs[0].ID).Text[gonb.Plain]; got != test.want {
				t.Errorf("it says %q, want %q", got, test.want)
			}
			if len(p.figures()) != 1 {
				t.Errorf("%d figures were shown, want 1", len(p.figures()))
			}
		})
	}
}

// TestInteractForeign sends what no page of ours does: nothing of it changes anything.
func TestInteractForeign(t *testing.T) {
	p := newFakePage(t)
	wait := running(t, p.front(true), func(v Values) *Figure { return figureOf(v.String()) }, Int("a", 0, 9, 0))
	p.send(state{N: 1, At: []int{0}})
	p.wait("first figure", func() bool { return len(p.figures()) == 1 })
	for _, text := range []string{"", "{", `{"n":-1,"at":[3]}`, `{"n":"2"}`, `[1]`, `{"n":2,"at":[10]}`, `{"n":3,"at":[-1]}`, `{"n":4,"at":[]}`, `{"n":5,"at":[1,2]}`, `{"n":6,"at":[1.5]}`} {
		p.receive(text)
	}
	p.done(state{N: 7, At: []int{0}})
	p.send(state{N: 8, At: []int{0}, End: true})
	wait()
	if n := len(p.figures()); n != 1 {
		t.Errorf("%d figures, want 1", n)
	}
}

// TestInteractAlone has no page that answers, or none at all: a scrubber takes the
// place of the controls.
func TestInteractAlone(t *testing.T) {
	for _, reachable := range []bool{true, false} {
		p := newFakePage(t)
		wait := running(t, p.front(reachable), func(v Values) *Figure { return figureOf(v.String()) }, Toggle("on", false), Choice("net", "linear", "MLP"), Int("depth", 2, 4, 3))
		wait()
		last := p.outputs[len(p.outputs)-1]
		if n := len(p.outputs); reachable && (n != 2 || p.outputs[0].ID != last.ID) || !reachable && n != 1 {
			t.Errorf("reachable %v: %d outputs", reachable, n)
		}
		page := last.Text[gonb.HTML]
		if !strings.Contains(page, "<select") || !strings.Contains(page, "checkbox") || !strings.Contains(page, "depth = 3") || strings.Contains(page, "fieldset disabled") {
			t.Errorf("reachable %v: the scrubber is %.300q", reachable, page)
		}
		if last.PNG == nil || !strings.HasPrefix(last.Text[gonb.Plain], "4 figures, of which this is the one for on: off, net: linear, depth = 3.") {
			t.Errorf("reachable %v: an image of %d bytes, text %q", reachable, len(last.PNG), last.Text[gonb.Plain])
		}
	}
}

// pixels returns the number of pixels of an image per pixel of the screen.
func pixels(t *testing.T, o gonb.Output) int {
	t.Helper()
	return (decoded(t, o.PNG).Bounds().Dx() + o.Width/2) / o.Width
}

// TestInteractGivesUp has no page that answers, and a first figure that never ends: the
// stop button still ends it.
func TestInteractGivesUp(t *testing.T) {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	p := newFakePage(t)
	never := make(chan struct{})
	defer close(never)
	wait := running(t, p.front(true), func(Values) *Figure { <-never; return figureOf("") }, Int("a", 0, 9, 0))
	p.wait("listener", func() bool { return p.receive != nil })
	time.Sleep(answerLimit + answerLimit/2) // it waits for the figure alone
	if err := self.Signal(os.Interrupt); err != nil {
		t.Skip(err) // Windows
	}
	wait()
	if got, want := lastWith(p.outputs, p.outputs[0].ID).Text[gonb.Plain], "a = 0 (stopped; run the cell again to move it)"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}
