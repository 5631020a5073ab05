//go:build js

// Command wasm is package pnc for the playground's page. It runs in a web worker and
// puts an object pnc into its global scope with the functions
//
//	open(id, config)          a new run: its data, the closed form, the frame of epoch 0
//	advance(id, epochs, ms)   trains for that many epochs or milliseconds, reports whether it is unfinished
//	frame(id, maps, spectrum) what can be seen of the moment
//	code(config, epoch)       a cell of Go with the same numbers
//
// A run is known by a small number, so that a page can train one, film another and
// repeat it with other seeds. Every function returns a string, the message of an
// error, or what its comment says. An uncaught panic would end the program, so there
// is none.
package main

import (
	"fmt"
	"syscall/js"
	"time"

	"pnclab/internal/playground/session"
)

// sessions are the runs that are held, by their id.
var sessions = map[int]*session.Session{}

func main() {
	functions := map[string]any{}
	for name, f := range map[string]func([]js.Value) (any, error){"open": open, "advance": advance, "frame": frame, "code": code} {
		functions[name] = js.FuncOf(guard(f))
	}
	js.Global().Set("pnc", functions)
	js.Global().Get("pncReady").Invoke()
	select {}
}

// guard turns errors and panics into text.
func guard(f func([]js.Value) (any, error)) func(js.Value, []js.Value) any {
	return func(_ js.Value, args []js.Value) (out any) {
		defer func() {
			if e := recover(); e != nil {
				out = fmt.Sprint(e)
			}
		}()
		out, err := f(args)
		if err != nil {
			return err.Error()
		}
		return out
	}
}

// open makes a run. It returns an object with the name of the data, the class of every
// sample, and the closed form, null where there is none.
func open(args []js.Value) (any, error) {
	id := args[0].Int()
	s, err := session.New(config(args[1]), sessions[id], sessions[0], sessions[1], sessions[2])
	if err != nil {
		return nil, err
	}
	sessions[id] = s
	labels := make([]float64, len(s.Data.Labels))
	for i, k := range s.Data.Labels {
		labels[i] = float64(k)
	}
	names := make([]any, len(s.Data.ClassNames))
	for k, name := range s.Data.ClassNames {
		names[k] = name
	}
	out := map[string]any{"data": s.Data.Name, "labels": array(labels), "classes": names, "law": nil}
	if law := s.Theory(); law != nil {
		out["law"] = map[string]any{"C": array(law.C()), "D": array(law.D())}
	}
	return out, nil
}

func advance(args []js.Value) (any, error) {
	s, err := opened(args[0])
	if err != nil {
		return nil, err
	}
	return s.Advance(args[1].Int(), time.Duration(args[2].Float()*float64(time.Millisecond)))
}

// frame returns the fields of session.Frame in lower case; maps and spectra are one
// array each, layer after layer.
func frame(args []js.Value) (any, error) {
	s, err := opened(args[0])
	if err != nil {
		return nil, err
	}
	f, err := s.Frame(session.Parts{Maps: args[1].Truthy(), Spectrum: args[2].Truthy()})
	if err != nil {
		return nil, err
	}
	out := map[string]any{
		"epoch": f.Epoch, "loss": f.Loss, "accuracy": f.Accuracy, "status": int(f.Status), "losses": array(f.Losses),
		"C": array(f.C), "D": array(f.D), "within": array(f.Within), "between": array(f.Between), "maps": nil, "spectra": nil,
	}
	if f.Maps != nil {
		var points []float64
		for _, m := range f.Maps {
			points = append(points, m.RawMatrix().Data...)
		}
		out["maps"] = array(points)
	}
	if f.Spectra != nil {
		spectra := make([]any, len(f.Spectra))
		for l, values := range f.Spectra {
			spectra[l] = array(values)
		}
		out["spectra"] = spectra
	}
	return out, nil
}

func code(args []js.Value) (any, error) {
	c := config(args[0])
	text, err := c.GoCode(args[1].Int())
	if err != nil {
		return nil, err
	}
	return map[string]any{"text": text}, nil
}

// opened returns the run with the given id.
func opened(id js.Value) (*session.Session, error) {
	s := sessions[id.Int()]
	if s == nil {
		return nil, fmt.Errorf("no run %d", id.Int())
	}
	return s, nil
}
