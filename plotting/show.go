package plotting

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"

	"pnclab/internal/atomicfile"
	"pnclab/plotting/internal/gonb"
	"pnclab/pnc"
)

// Show displays figures, tables and text. In a GoNB notebook each item is an
// output of the cell: a [Figure] is an image, an [Animation] can be played, and
// [pnc.Verdicts] and a [pnc.Evaluation] are tables. Elsewhere figures and animations are written to
// files, in the directory $PNC_FIGURES or else the current one, and their paths are
// printed; everything else is printed.
//
// Any other item is shown as fmt.Print formats it; aligned columns become a table in a
// notebook.
func Show(items ...any) {
	var out output = terminal{os.Stdout, os.Getenv("PNC_FIGURES")}
	if gonb.Connected() {
		out = notebook{gonb.Show, gonb.Headless()}
		defer gonb.Sync()
	}
	if err := show(out, items...); err != nil {
		fmt.Fprintln(os.Stderr, "plotting:", err)
	}
}

// output is a place to display items.
type output interface {
	figure(*Figure) error
	animation(*Animation) error
	verdicts(*pnc.Verdicts) error
	evaluation(*pnc.Evaluation) error
	text(string) error
}

func show(out output, items ...any) error {
	for _, item := range items {
		var err error
		switch item := item.(type) {
		case *Figure:
			err = out.figure(item)
		case *Animation:
			err = out.animation(item)
		case *pnc.Verdicts:
			err = out.verdicts(item)
		case *pnc.Evaluation:
			err = out.evaluation(item)
		default:
			err = out.text(fmt.Sprint(item))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// notebook displays items as outputs of the running cell.
type notebook struct {
	send     func(gonb.Output)
	headless bool // nobody looks: images are for the report, which has pages of its own
}

func (n notebook) figure(f *Figure) error {
	o, err := figureOutput(f)
	if err != nil {
		return err
	}
	if !n.headless {
		o.Text[gonb.HTML] = imageHTML(o)
	}
	n.send(o)
	return nil
}

// figureOutput returns a figure as an image with twice the resolution of the screen.
func figureOutput(f *Figure) (gonb.Output, error) {
	var b bytes.Buffer
	err := f.writePNG(&b, imageDPI)
	return imageOutput(f, b.Bytes()), err
}

// draftOutput returns a figure as an image with the resolution of the screen, in a
// third of the time.
func draftOutput(f *Figure) (gonb.Output, error) {
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, f.Image(screenDPI))
	return imageOutput(f, b.Bytes()), err
}

// imageOutput returns the output that shows an image of a figure.
func imageOutput(f *Figure, png []byte) gonb.Output {
	w, h := f.Size()
	return gonb.Output{
		Text: map[string]string{gonb.Plain: f.Caption}, PNG: png, Alt: f.Caption,
		Width: int(w.Dots(screenDPI)), Height: int(h.Dots(screenDPI)),
	}
}

func (n notebook) animation(a *Animation) error {
	page, err := a.HTML()
	if err != nil {
		return err
	}
	n.send(gonb.Output{Text: map[string]string{gonb.HTML: page, gonb.Plain: a.Caption}})
	return nil
}

func (n notebook) verdicts(v *pnc.Verdicts) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	n.send(gonb.Output{Text: map[string]string{
		gonb.HTML: verdictsHTML(v), gonb.Plain: verdictsText(v), pnc.VerdictsMIME: string(data),
	}})
	return nil
}

func (n notebook) text(s string) error {
	n.send(gonb.Output{Text: map[string]string{
		gonb.HTML: textHTML(s), gonb.Plain: s,
	}})
	return nil
}

func (n notebook) evaluation(e *pnc.Evaluation) error {
	n.send(gonb.Output{Text: map[string]string{gonb.HTML: evaluationHTML(e), gonb.Plain: e.String()}})
	return nil
}

// terminal writes figures to files in a directory and prints everything else.
type terminal struct {
	io.Writer
	dir string
}

// shown counts the files that terminals have written.
var shown atomic.Int64

// path returns the name of the next file.
func (t terminal) path(name, ext string) string {
	if name == "" {
		name = "figure"
	}
	return filepath.Join(t.dir, fmt.Sprintf("figure-%02d-%s.%s", shown.Add(1), name, ext))
}

func (t terminal) figure(f *Figure) error {
	path := t.path(f.Name, "png")
	if err := Save(f, path); err != nil {
		return err
	}
	_, err := fmt.Fprintln(t, path)
	return err
}

func (t terminal) animation(a *Animation) error {
	page, err := a.HTML()
	if err != nil {
		return err
	}
	return t.page(a.Name, page)
}

// page writes a fragment of HTML to a file.
func (t terminal) page(name, fragment string) error {
	path := t.path(name, "html")
	if err := atomicfile.WriteFile(path, []byte("<!DOCTYPE html>\n<meta charset=\"utf-8\">\n"+fragment)); err != nil {
		return err
	}
	_, err := fmt.Fprintln(t, path)
	return err
}

func (t terminal) verdicts(v *pnc.Verdicts) error { return t.text(verdictsText(v)) }

func (t terminal) evaluation(e *pnc.Evaluation) error { return t.text(e.String()) }

func (t terminal) text(s string) error {
	_, err := fmt.Fprintln(t, s)
	return err
}
