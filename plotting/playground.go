//go:build !js

package plotting

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"pnclab/internal/atomicfile"
	"pnclab/internal/playground"
	"pnclab/internal/playground/session"
	"pnclab/plotting/internal/gonb"
	"pnclab/pnc"
)

// Playground shows the playground, a page on which everything that an experiment depends
// on can be moved, opened at this experiment: in a notebook as a frame of 2.1 MB in an
// output of the cell, which needs no kernel and stays in exports, and elsewhere as a file.
//
// Before it, it shows what the experiment gives, C_l and D_l of the trained network and,
// if there is one, the closed form, for where a notebook is not trusted and frames are
// left out.
//
// The page is compiled from the source of pnclab, which takes two seconds, but fifteen
// the first time. Where that is impossible, and for experiments that the page has no
// controls for, a line says so, and there is only the figure.
func Playground(e pnc.Experiment) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var show func(figure *Figure, page []byte, note string) error
	if gonb.Connected() {
		defer gonb.Sync()
		show = notebook{gonb.Show, gonb.Headless()}.playground
	} else {
		show = terminal{os.Stdout, os.Getenv("PNC_FIGURES")}.playground
	}
	figure, err := outcomeFigure(ctx, e)
	if err == nil {
		page, reason := playgroundAt(ctx, e)
		note := ""
		if reason != nil {
			note = "No playground: " + reason.Error()
		}
		err = show(figure, page, note)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "plotting:", err)
	}
}

// playgroundAt returns the page opened at an experiment.
func playgroundAt(ctx context.Context, e pnc.Experiment) ([]byte, error) {
	address, err := session.Address(e)
	if err != nil {
		return nil, err
	}
	root, err := playground.Root()
	if err != nil {
		return nil, err
	}
	page, err := playground.Build(ctx, root)
	if err != nil {
		return nil, err
	}
	return playground.At(page, address), nil
}

// outcomeFigure returns C_l and D_l of an experiment.
func outcomeFigure(ctx context.Context, e pnc.Experiment) (*Figure, error) {
	out, err := e.Run(ctx)
	if err != nil {
		return nil, err
	}
	traces := []Trace{Measured("trained", out.Evaluation)}
	if law, ok := session.LawOf(e); ok {
		data, err := e.Dataset()
		if err != nil {
			return nil, err
		}
		traces = append(traces, Predicted("closed form", pnc.Predict(data, law)))
	}
	return CompressionDiscrimination(traces...), nil
}

// playground shows the figure and, in a frame, the page, or a note on why there is none.
func (n notebook) playground(figure *Figure, page []byte, note string) error {
	if err := n.figure(figure); err != nil {
		return err
	}
	if page == nil {
		return n.text(note)
	}
	// In an attribute only these two mean something else.
	source := strings.NewReplacer("&", "&amp;", `"`, "&quot;").Replace(string(page))
	n.send(gonb.Output{Text: map[string]string{
		gonb.HTML:  `<iframe title="playground" sandbox="allow-scripts allow-downloads" style="width:100%;height:900px;border:1px solid rgba(128,128,128,.5)" srcdoc="` + source + `"></iframe>`,
		gonb.Plain: "The playground, a page to open in a browser: pnclab playground",
	}})
	return nil
}

// playground writes the figure and the page to files.
func (t terminal) playground(figure *Figure, page []byte, note string) error {
	if err := t.figure(figure); err != nil {
		return err
	}
	if page == nil {
		return t.text(note)
	}
	path := t.path("playground", "html")
	if err := atomicfile.WriteFile(path, page); err != nil {
		return err
	}
	return t.text(path)
}
