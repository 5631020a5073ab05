package plotting

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"pnclab/plotting/internal/gonb"
	"pnclab/pnc"
)

// someRun returns a trainer for a network, by one of the methods of training.
func someRun(t *testing.T, m pnc.Method, epochs int) (*pnc.Trainer, *pnc.Network, *pnc.Dataset, *pnc.Settings) {
	t.Helper()
	data := pnc.Must(pnc.NearlyOrthonormal{Classes: 3, PerClass: 4, Dim: 14, Noise: 1}.Generate(1))
	a := pnc.Linear(4, 14)
	if m == pnc.Auto {
		a = pnc.MLP(4, 14)
	}
	net := a.Build(data, pnc.Orthogonal(0.3), 1)
	s := &pnc.Settings{LearningRate: 0.02, Alpha: 3, Epochs: epochs, MeasureEvery: 40, Method: m, Seed: 3}
	if m == pnc.Auto {
		s.Batch = 5
	}
	trainer, err := pnc.NewTrainer(net, data, s)
	if err != nil {
		t.Fatal(err)
	}
	return trainer, net, data, s
}

// TestLiveTrainsTheSame compares a run that is looked at between all steps, and one that
// is paused in between, with Train: weights and history have the same bits.
func TestLiveTrainsTheSame(t *testing.T) {
	text := func(h pnc.History) []byte { return pnc.Must(json.Marshal(h)) } // in which NaN is equal to NaN
	for _, m := range []pnc.Method{pnc.Auto, pnc.Full, pnc.Chain, pnc.Reduced} {
		_, want, data, s := someRun(t, m, 130)
		res, err := pnc.Train(context.Background(), want, data, s)
		if err != nil {
			t.Fatal(err)
		}
		trainer, net, _, _ := someRun(t, m, 130)
		looks := 0
		l := &live{trainer: trainer, views: []View{func(t *Training) *Figure {
			looks++
			ev := t.Measured()
			if c := ev.C(); len(c) != 4 || math.IsNaN(c[3]) || t.Measured() != ev {
				panic("not measured, or twice")
			}
			return Layers(CompressionOf, Measured("now", t.Measured()))
		}}}
		d := newDialog(front{newID: gonb.NewID})
		why, err := l.train(d, func() error {
			l.figure()
			l.next = time.Time{}
			return nil
		})
		d.close()
		if why != "" || err != nil {
			t.Fatal(why, err)
		}
		if looks == 0 {
			t.Error("nobody looked")
		}
		if got := trainer.Result(); got.Status != res.Status || !bytes.Equal(text(got.History), text(res.History)) {
			t.Errorf("%v: %v with another history than Train, %v", m, got.Status, res.Status)
		}
		for i := range want.Layers {
			if !reflect.DeepEqual(net.Layers[i].W, want.Layers[i].W) {
				t.Errorf("%v: layer %d has other weights than by Train", m, i)
			}
		}
	}
}

// TestLive pauses a run, continues and stops it, and lets another call finish it.
func TestLive(t *testing.T) {
	trainer, _, _, _ := someRun(t, pnc.Full, 100_000_000)
	p := newFakePage(t)
	type outcome struct {
		res *pnc.Result
		err error
	}
	ended := make(chan outcome, 1)
	go func() {
		l := &live{trainer: trainer, views: []View{ViewLoss(), ViewLayers(DiscriminationOf, Bound("bound", []float64{0.5, 0.5, 0.5, 0.5}))}, began: time.Now()}
		res, err := l.inNotebook(p.front(true), false)
		ended <- outcome{res, err}
	}()
	p.done(state{N: 1})
	p.done(state{N: 2, Paused: true})
	p.wait("word of the pause", func() bool { return strings.HasSuffix(p.answers[len(p.answers)-1], ", paused") })
	before := p.answers[len(p.answers)-1]
	p.done(state{N: 2, Paused: true})
	if after := p.answers[len(p.answers)-1]; after != before {
		t.Errorf("during the pause it went on from %q to %q", before, after)
	}
	p.done(state{N: 3})
	p.send(state{N: 4, End: true})
	var o outcome
	select {
	case o = <-ended:
	case <-time.After(patient):
		t.Fatal("it does not stop")
	}
	if o.err != nil || o.res.Status != 0 || o.res.Steps == 0 {
		t.Errorf("stopped with %v, status %v, after %d steps", o.err, o.res.Status, o.res.Steps)
	}
	if line := lastWith(p.outputs, p.outputs[0].ID).Text; !strings.HasSuffix(line[gonb.Plain], "% (stopped)") || strings.Contains(line[gonb.HTML], "<button") {
		t.Errorf("it says %q at the end", line)
	}
	figures := p.figures()
	if last := figures[len(figures)-1]; pixels(t, last) != 2 || last.ID != figures[0].ID {
		t.Error("the figure that stays is a draft or another output")
	}
	if !trainer.Step() {
		t.Error("the run cannot go on")
	}
}

// TestLiveAlone runs where nobody can move anything: to the end, without controls in
// what stays, and, where nobody sees it, with one figure.
func TestLiveAlone(t *testing.T) {
	ended := regexp.MustCompile(`^epoch 200/200 .* epoch limit after`)
	for _, test := range []struct{ reachable, unseen bool }{{true, false}, {false, false}, {false, true}} {
		trainer, _, _, _ := someRun(t, pnc.Full, 200)
		p := newFakePage(t)
		l := &live{trainer: trainer, views: []View{ViewLoss()}, began: time.Now()}
		res, err := l.inNotebook(p.front(test.reachable), test.unseen)
		if err != nil || res.Status != pnc.EpochLimit || p.synced != 1 {
			t.Errorf("%+v: %v, %v, synchronised %d times", test, res.Status, err, p.synced)
		}
		line := lastWith(p.outputs, p.outputs[0].ID).Text
		if !ended.MatchString(line[gonb.Plain]) || strings.Contains(line[gonb.HTML], "<button") {
			t.Errorf("%+v: it says %q", test, line)
		}
		if n := len(p.figures()); n == 0 || test.unseen && n != 1 {
			t.Errorf("%+v: %d figures", test, n)
		}
	}
}

// TestLiveDiverges has the trainer's error, and figures of what can be drawn.
func TestLiveDiverges(t *testing.T) {
	data := pnc.Must(pnc.NearlyOrthonormal{Classes: 3, PerClass: 4, Dim: 14, Noise: 1}.Generate(1))
	net := pnc.Linear(4, 14).Build(data, pnc.Orthogonal(3), 1)
	trainer := pnc.Must(pnc.NewTrainer(net, data, &pnc.Settings{LearningRate: 100, Alpha: 100, Epochs: 1000}))
	p := newFakePage(t)
	l := &live{trainer: trainer, views: []View{ViewLoss(), ViewLayers(CompressionOf)}, began: time.Now()}
	res, err := l.inNotebook(p.front(false), false)
	if !errors.Is(err, pnc.ErrDiverged) || res.Status != pnc.Diverged {
		t.Errorf("%v, %v", res.Status, err)
	}
}

// TestLiveInterrupt stops a run in a terminal by Ctrl-C.
func TestLiveInterrupt(t *testing.T) {
	trainer, _, _, _ := someRun(t, pnc.Full, 100_000_000)
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	l := &live{trainer: trainer, views: []View{func(*Training) *Figure {
		if err := self.Signal(os.Interrupt); err != nil {
			t.Skip(err) // Windows
		}
		return figureOf("a figure")
	}}, began: time.Now()}
	d := newDialog(front{newID: gonb.NewID})
	defer d.close()
	why, err := l.train(d, func() error { l.figure(); return nil })
	if why != "stopped" || err != nil {
		t.Errorf("%q, %v", why, err)
	}
}

// TestLivePace lets a reader see a run that takes no time: drawings follow one another by
// no more than an epoch, later a fifth of the epochs, unless full speed is chosen.
func TestLivePace(t *testing.T) {
	for _, fast := range []bool{false, true} {
		trainer, _, _, _ := someRun(t, pnc.Full, 20)
		p := newFakePage(t)
		var seen []int
		view := func(t *Training) *Figure {
			seen = append(seen, t.Result().Epochs)
			return figureOf("a figure")
		}
		ended := make(chan error, 1)
		go func() {
			l := &live{trainer: trainer, views: []View{view}, began: time.Now()}
			_, err := l.inNotebook(p.front(true), false)
			ended <- err
		}()
		p.send(state{N: 1, Fast: fast})
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(patient):
			t.Fatal("it does not end")
		}
		if fast {
			t.Logf("at full speed it was drawn after %v epochs", seen)
			continue
		}
		for i, n := range seen[1:] {
			if most := seen[i] + seen[i]/5 + 1; n > most {
				t.Errorf("drawn after %v epochs; after %d, %d are too many", seen, seen[i], n)
			}
		}
	}
}
