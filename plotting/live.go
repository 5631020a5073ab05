package plotting

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"pnclab/plotting/internal/gonb"
	"pnclab/pnc"
)

// View draws a training run at some moment, for [Live].
type View func(*Training) *Figure

// Training is a training run at some moment. Views must not change it.
type Training struct {
	*pnc.Trainer
	measured *pnc.Evaluation
}

// Measured returns all measures of all layers with the current weights. However many
// views call it, they are measured once.
func (t *Training) Measured() *pnc.Evaluation {
	if t.measured == nil {
		t.measured = pnc.Must(t.Measure(context.Background(), nil))
	}
	return t.measured
}

// ViewLoss returns a view of the loss over the epochs so far.
func ViewLoss() View {
	return func(t *Training) *Figure {
		return LossCurve(Curve{Y: t.Result().History.Loss})
	}
}

// ViewLayers returns a view of a quantity over the layers, together with other traces,
// such as what the theory predicts.
func ViewLayers(q Quantity, others ...Trace) View {
	return func(t *Training) *Figure {
		now := Measured(fmt.Sprintf("after %d epochs", t.Result().Epochs), t.Measured())
		return Layers(q, append([]Trace{now}, others...)...)
	}
}

// Live trains a network and shows views of it side by side while it does: without
// views, the loss, C_l and D_l. Training takes place as by [pnc.Train], to the bit:
// views look at it between two steps, at most five times a second, and together take no
// more than half of the time. Checkpoints are not written.
//
// In JupyterLab and the classic notebook the reader can pause training and stop it, the
// latter with Jupyter's stop button too; if it is paused for [IdleLimit], it stops. So
// that there is something to see of a run that takes milliseconds, from one drawing to
// the next the number of epochs grows by a fifth at most, unless the reader chooses full
// speed. Elsewhere it runs to its end. The last views stay in the notebook; outside of
// notebooks only these are shown, as by [Show].
//
// Live returns the result so far, whose Status is 0 if the reader stopped it: another
// call continues then. The error is that of the trainer.
func Live(t *pnc.Trainer, views ...View) (*pnc.Result, error) {
	if len(views) == 0 {
		views = []View{ViewLoss(), ViewLayers(CompressionOf), ViewLayers(DiscriminationOf)}
	}
	l := &live{trainer: t, views: views, began: time.Now()}
	if gonb.Connected() {
		return l.inNotebook(kernelFront(), gonb.Headless())
	}
	return l.inTerminal(terminal{os.Stdout, os.Getenv("PNC_FIGURES")})
}

// live is a call of Live.
type live struct {
	trainer *pnc.Trainer
	views   []View
	began   time.Time
	next    time.Time // before which nothing is shown again
	shown   int       // epochs at the last drawing
}

// inTerminal trains with a line of progress, and shows the views at the end.
func (l *live) inTerminal(t terminal) (*pnc.Result, error) {
	d := newDialog(front{newID: gonb.NewID})
	defer d.close()
	line := &printer{w: os.Stderr}
	_, err := l.train(d, func() error { return line.Record(l.trainer.State()) })
	state := l.trainer.State()
	state.Done = true
	if e := line.Record(state); err == nil {
		err = e
	}
	if err == nil {
		err = show(t, l.figure())
	}
	return l.trainer.Result(), err
}

// inNotebook trains with controls if a page answers. In a notebook that nobody sees,
// the views are drawn at the end only.
func (l *live) inNotebook(f front, unseen bool) (*pnc.Result, error) {
	defer f.sync()
	d := newDialog(f)
	defer d.close()
	controlled := f.listen != nil
	if controlled {
		var page bytes.Buffer
		if err := pageTemplates.ExecuteTemplate(&page, "live.html", map[string]any{"ID": d.id, "Kernel": f.kernel}); err != nil {
			return nil, err
		}
		d.controls(page.String(), l.status())
		d.begin()
	}
	why, err := l.train(d, func() error {
		if controlled && d.newest().N == 0 && time.Since(l.began) > answerLimit {
			controlled = false
		}
		if !controlled {
			d.line(l.status())
		}
		if unseen {
			return nil
		}
		return l.show(d, draftOutput)
	})
	if e := l.show(d, figureOutput); err == nil {
		err = e
	}
	line := l.status()
	if why != "" {
		line = l.brief() + " (" + why + ")"
	}
	d.line(line)
	return l.trainer.Result(), err
}

// train takes steps until training ends or the reader stops it, which it gives as the
// reason. Between steps it calls look, not too often, and listens.
func (l *live) train(d *dialog, look func() error) (why string, err error) {
	for {
		if began := time.Now(); !began.Before(l.next) {
			if err := look(); err != nil {
				return "", err
			}
			l.next = time.Now().Add(max(between, time.Since(began)))
			l.shown = l.trainer.Result().Epochs
		}
		ahead := l.ahead(d)
		proceed := always
		if ahead {
			proceed = time.After(time.Until(l.next))
		}
		select {
		case <-d.stopped:
			return "stopped", nil
		case <-d.news:
			if why := l.heed(d, look); why != "" {
				return why, nil
			}
		case <-proceed:
			if !ahead && !l.trainer.Step() {
				return "", l.trainer.Err()
			}
		}
	}
}

// always is a channel from which one can always receive.
var always = func() <-chan time.Time {
	c := make(chan time.Time)
	close(c)
	return c
}()

// ahead reports whether training is as far ahead of the last drawing as a reader should
// see it, or as it may be until it is known whether there is one.
func (l *live) ahead(d *dialog) bool {
	if d.front.listen == nil || d.newest().Fast || d.newest().N == 0 && time.Since(l.began) > answerLimit {
		return false
	}
	return l.trainer.Result().Epochs-l.shown > l.shown/5
}

// heed does what the page wants: it answers, and returns why training should stop, if
// it should. While the page wants a pause, it does not return.
func (l *live) heed(d *dialog, look func() error) (why string) {
	var idle <-chan time.Time
	for {
		s := d.newest()
		switch {
		case s.End:
			return "stopped"
		case !s.Paused:
			d.answer(s.N, l.brief())
			return ""
		case idle == nil:
			look()
			idle = time.After(IdleLimit)
		}
		d.answer(s.N, l.brief()+", paused")
		select {
		case <-d.news:
		case <-d.stopped:
			return "stopped"
		case <-idle:
			return fmt.Sprintf("stopped after a pause of %v", IdleLimit)
		}
	}
}

// status says how far training is and how fast, or why it has ended.
func (l *live) status() string { return l.trainer.State().String() }

// brief says how far training is, where the reader decides how fast it is.
func (l *live) brief() string {
	s := l.trainer.State()
	return fmt.Sprintf("epoch %d/%d  loss %.4g  accuracy %.1f %%", s.Epoch, s.Epochs, s.Loss, 100*s.Accuracy)
}

// figure returns the views side by side.
func (l *live) figure() *Figure {
	t := &Training{Trainer: l.trainer}
	var figures []*Figure
	for _, view := range l.views {
		figures = append(figures, view(t))
	}
	return Row(figures...)
}

// show shows the views, which output makes an image.
func (l *live) show(d *dialog, output func(*Figure) (gonb.Output, error)) error {
	o, err := output(l.figure())
	o.ID = d.id + "-figure"
	d.show(o)
	return err
}
