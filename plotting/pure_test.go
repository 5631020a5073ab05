package plotting

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"reflect"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"pnclab/pnc"
)

// contents hashes everything that can be reached from v through pointers,
// interfaces and slices, in exported and unexported fields, except functions and the
// fonts, which all figures share.
func contents(v any) [sha256.Size]byte {
	h := sha256.New()
	walk(h, reflect.ValueOf(v), map[any]bool{})
	return [sha256.Size]byte(h.Sum(nil))
}

func walk(h hash.Hash, v reflect.Value, seen map[any]bool) {
	if !v.IsValid() {
		fmt.Fprint(h, "nil ")
		return
	}
	fmt.Fprint(h, v.Type(), " ")
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || seen[v.Pointer()] || v.Type() == reflect.TypeOf(fonts) {
			return
		}
		seen[v.Pointer()] = true
		walk(h, v.Elem(), seen)
	case reflect.Interface:
		walk(h, v.Elem(), seen)
	case reflect.Struct:
		for i := range v.NumField() {
			walk(h, v.Field(i), seen)
		}
	case reflect.Slice, reflect.Array:
		fmt.Fprint(h, v.Len(), " ")
		for i := range v.Len() {
			walk(h, v.Index(i), seen)
		}
	case reflect.Map, reflect.Chan:
		panic("a figure holds a " + v.Kind().String() + ", which this test cannot compare")
	case reflect.Func:
	default:
		fmt.Fprint(h, v, " ")
	}
}

// figures returns figures with everything that depends on the layout: a legend with
// columns, a twin, axes of equal scale, a colour bar.
func figures() map[string]*Figure {
	ev := &pnc.Evaluation{Layers: []pnc.LayerMeasures{{Layer: 0, C: 8, D: 0.9}, {Layer: 1, C: 2, D: 0.95}, {Layer: 2, C: 0.4, D: 1}}}
	measured := Measured("a measurement with a long label", ev, ev)
	points := mat.NewDense(4, 2, []float64{0, 0, 9, 1, 3, 2, 1, 1})
	return map[string]*Figure{
		"fit":   Compression(measured, Predicted("closed form", ev)),
		"row":   Row(Compression(measured), Discrimination(measured, Bound("bound", []float64{0.8, 0.9, 0.95}))),
		"twin":  CompressionDiscrimination(measured),
		"equal": Features(2, []int{0, 0, 1, 1}, []string{"a", "b"}, Map{"one", points}, Map{"two", points}, Map{"three", points}),
		"map":   DynamicsMap(CompressionOf, []pnc.Snapshot{{Epoch: 0, Evaluation: ev}, {Epoch: 5, Evaluation: ev}}),
		"strip": Strip("", "y", []Group{{"a", []float64{1, 2}}}, 0),
	}
}

// render measures a figure and draws it as an image and as a vector graphic.
func render(t *testing.T, f *Figure) string {
	var svg bytes.Buffer
	if err := f.write(&svg, "svg"); err != nil {
		t.Error(err)
	}
	w, h := f.Size()
	return fmt.Sprint(w, h, svg.String()) + string(toRGBA(f.Image(40)).Pix)
}

// TestDrawingIsPure checks that measuring and drawing do not change a figure, on a
// canvas of any size.
func TestDrawingIsPure(t *testing.T) {
	for name, f := range figures() {
		t.Run(name, func(t *testing.T) {
			before := contents(f)
			f.Size()
			if contents(f) != before {
				t.Error("Size changes the figure")
			}
			f.Draw(draw.New(vgimg.New(700, 150)))
			if contents(f) != before {
				t.Error("Draw changes the figure")
			}
			first := render(t, f)
			for _, format := range []string{"png", "pdf"} {
				if err := f.write(io.Discard, format); err != nil {
					t.Error(err)
				}
			}
			if contents(f) != before {
				t.Error("Image or write changes the figure")
			}
			if fresh := render(t, figures()[name]); first != fresh {
				t.Error("the figure looks different after it was drawn on another canvas")
			}
			f.Plots()[0].X.Max++ // a change, as a check of contents
			if contents(f) == before {
				t.Error("contents does not notice a change of an axis")
			}
		})
	}
}

// TestDrawnAtOnce draws one figure in many goroutines at the same time.
func TestDrawnAtOnce(t *testing.T) {
	for name, f := range figures() {
		want := render(t, figures()[name])
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if render(t, f) != want {
					t.Errorf("%s looks different when it is drawn several times at once", name)
				}
			})
		}
		wg.Wait()
	}
}

// A panel that is part of two figures looks as it would in either alone.
func TestPanelOfTwoFigures(t *testing.T) {
	traces := func() []Trace {
		return []Trace{Series("some measurement", []float64{8, 4, 2}), Series("another measurement", []float64{9, 3, 1}).NoFit()}
	}
	f := Compression(traces()...)
	want := render(t, Compression(traces()...))
	row := Row(f, Discrimination(traces()...))
	row.Width = 150 // its legends have fewer columns
	render(t, row)
	if render(t, f) != want {
		t.Error("a figure looks different after another that shares its panel was drawn")
	}
}
