package plotting

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"time"

	"pnclab/plotting/internal/gonb"
)

// Interact shows a figure that depends on controls, which the reader can move:
//
//	plotting.Interact(func(v plotting.Values) *plotting.Figure {
//		law := pnc.Law{Depth: v.Int("depth"), Scale: v.Float("ξ"), Alpha: 100}
//		return plotting.Compression(plotting.Predicted("closed form", pnc.Predict(data, law)))
//	}, plotting.Float("ξ", 0.05, 1, 0.3).Log(), plotting.Int("depth", 2, 10, 6))
//
// In JupyterLab and the classic notebook draw is called, in a goroutine and never twice
// at a time, whenever a control has moved. If several moves come while it runs, only
// the last counts. While a control moves the figure has the resolution of the screen,
// at rest that of other figures. The cell runs until the reader presses Done or the stop
// button of Jupyter, or [IdleLimit] has passed without a move; it then says which, and
// the last figure stays in the notebook.
//
// Where no page answers within two seconds (reports, nbconvert, VS Code), Interact draws
// figures for positions of the first one or two controls, the others staying where they
// start, and shows them with sliders that need no kernel: at most 64 figures, and no more
// after 2 MB or 20 seconds. Outside of notebooks it writes them to a file as [Show] does.
//
// It panics if there are no controls, two have the same name, or draw returns nil.
func Interact(draw func(v Values) *Figure, controls ...Control) {
	checkControls(controls)
	var err error
	if gonb.Connected() {
		err = interact(kernelFront(), draw, starting(controls))
	} else {
		err = interactInFile(terminal{os.Stdout, os.Getenv("PNC_FIGURES")}, draw, starting(controls))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "plotting:", err)
	}
}

// interactInFile writes a scrubber to a file.
func interactInFile(t terminal, draw func(Values) *Figure, start Values) error {
	s, err := newScrubber(draw, start, drawn(draw, start), scrubberBounds)
	if err != nil {
		return err
	}
	page, err := s.HTML()
	if err != nil {
		return err
	}
	return t.page(s.first.Name+"-interactive", page)
}

// interaction is a call of Interact in a notebook.
type interaction struct {
	*dialog
	draw  func(Values) *Figure
	start Values

	shown shot // what the page shows
	sharp bool // at full resolution
}

// shot is a figure, the values for which it was drawn, and the state that had them.
type shot struct {
	values Values
	figure *Figure
	state  state
}

// interact runs an interaction until it ends.
func interact(f front, draw func(Values) *Figure, start Values) error {
	defer f.sync()
	if f.listen == nil {
		return showScrubber(f, f.newID(), draw, start, drawn(draw, start), scrubberBounds)
	}
	in := &interaction{dialog: newDialog(f), draw: draw, start: start, shown: shot{values: start}}
	defer in.close()
	var page bytes.Buffer
	err := pageTemplates.ExecuteTemplate(&page, "interact.html", map[string]any{
		"ID": in.id, "Kernel": f.kernel, "Rows": allRows(start),
	})
	if err != nil {
		return err
	}
	in.controls(page.String(), start.String())
	in.begin()
	patience := time.NewTimer(answerLimit) // drawing may take some of it
	first := make(chan *Figure, 1)
	go func() { first <- drawn(draw, start) }()
	answered := false
	for figure := (*Figure)(nil); !answered || figure == nil; {
		select {
		case figure = <-first:
			in.shown = shot{start, figure, state{At: start.at}}
		case <-in.news:
			answered = true
			in.answer(0, "")
		case <-patience.C:
			if !answered {
				return in.giveUp(figure, first)
			}
		case <-in.stopped:
			return in.end("stopped")
		}
	}
	o, err := figureOutput(in.shown.figure)
	if err != nil {
		return err
	}
	in.present(o)
	in.sharp = true
	return in.follow()
}

// giveUp shows a scrubber, for which it may wait for the first figure.
func (in *interaction) giveUp(figure *Figure, first <-chan *Figure) error {
	if figure == nil {
		select {
		case figure = <-first:
		case <-in.stopped:
			return in.end("stopped")
		}
	}
	limit := scrubberBounds
	limit.stopped = in.stopped
	return showScrubber(in.front, in.id, in.draw, in.start, figure, limit)
}

// showScrubber shows a scrubber in the output with an ID.
func showScrubber(f front, id string, draw func(Values) *Figure, start Values, first *Figure, limit bounds) error {
	s, err := newScrubber(draw, start, first, limit)
	if err != nil {
		return err
	}
	page, err := s.HTML()
	if err != nil {
		return err
	}
	o, err := figureOutput(first) // for what shows no HTML
	o.Text = map[string]string{gonb.HTML: page, gonb.Plain: s.caption()}
	o.ID = id
	f.show(o)
	return err
}

// picture is a figure as an output.
type picture struct {
	shot
	gonb.Output
	err error
}

// follow draws what the page wants until something ends it.
func (in *interaction) follow() error {
	idle := time.NewTimer(IdleLimit)
	defer idle.Stop()
	drafts, sharps := make(chan picture, 1), make(chan picture, 1)
	drawing, sharpening, seen := false, false, in.newest().N
	for {
		want := in.newest()
		switch v, ok := in.start.moved(want.At); {
		case !ok:
		case !slices.Equal(want.At, in.shown.state.At):
			if !drawing {
				drawing = true
				go func() {
					f := drawn(in.draw, v)
					o, err := draftOutput(f)
					drafts <- picture{shot{v, f, want}, o, err}
				}()
			}
		case want.End:
			return in.end("done")
		case want.N > in.shown.state.N: // the same figure
			in.shown.state = want
			in.answer(want.N, "")
			fallthrough
		default:
			if !want.Moving && !in.sharp && !sharpening {
				sharpening = true
				go func(s shot) {
					o, err := figureOutput(s.figure)
					sharps <- picture{s, o, err}
				}(in.shown)
			}
		}
		select {
		case <-in.news:
			if n := in.newest().N; n > seen {
				seen = n
				idle.Reset(IdleLimit)
			}
			in.answer(in.shown.state.N, "") // again, if it is repeated
		case d := <-drafts:
			if d.err != nil {
				return d.err
			}
			drawing = false
			if d.state.N > in.shown.state.N { // or else the reader is back where she was
				in.shown, in.sharp = d.shot, false
				in.present(d.Output)
				in.answer(d.state.N, "")
			}
		case s := <-sharps:
			if s.err != nil {
				return s.err
			}
			sharpening = false
			if s.figure == in.shown.figure { // or else it is an older one
				in.sharp = true
				in.present(s.Output)
			}
		case <-in.stopped:
			return in.end("stopped")
		case <-idle.C:
			return in.end(fmt.Sprintf("ended after %v without a move", IdleLimit))
		}
	}
}

// present shows an image of the figure.
func (in *interaction) present(o gonb.Output) {
	o.ID = in.id + "-figure"
	in.show(o)
}

// end replaces the controls by a line that says where they were and why they are gone.
// That is an answer to what the page may still be waiting for.
func (in *interaction) end(why string) error {
	in.line(fmt.Sprintf("%s (%s; run the cell again to move it)", in.shown.values, why))
	if in.shown.figure == nil || in.sharp {
		return nil
	}
	o, err := figureOutput(in.shown.figure)
	if err != nil {
		return err
	}
	in.present(o)
	return nil
}
