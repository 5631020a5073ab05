package plotting

import (
	"fmt"
	"io"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc"
)

// hard are values that measurements can have and that axes cannot show.
var hard = []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, -1, 1e-320, 1e308, 1}

// hardEvaluation holds such values in every measure.
func hardEvaluation(shift int) *pnc.Evaluation {
	ev := &pnc.Evaluation{Name: "hard"}
	for l := range hard {
		v := hard[(l+shift)%len(hard)]
		ev.Layers = append(ev.Layers, pnc.LayerMeasures{Layer: l, C: v, D: v, Rank95: float64(l % 2), SingularValues: hard})
	}
	return ev
}

// No values may make a figure panic or hang: what cannot be drawn is left out.
func TestFiguresWithHardValues(t *testing.T) {
	for shift := range hard {
		one, all := hardEvaluation(shift), []*pnc.Evaluation{hardEvaluation(shift), hardEvaluation(shift + 1)}
		constant := []float64{hard[shift], hard[shift], hard[shift]}
		points := mat.NewDense(len(hard), 2, nil)
		classes := make([]int, len(hard))
		for i := range hard {
			points.SetRow(i, []float64{hard[(i+shift)%len(hard)], hard[i]})
			classes[i] = i % 2
		}
		snapshots := []pnc.Snapshot{{Epoch: 0, Evaluation: one}, {Epoch: 1, Evaluation: all[1]}, {Epoch: 7, Evaluation: one}}
		maps := []Map{{"a", points}, {"b", points}, {"c", points}}
		for name, figure := range map[string]func() *Figure{
			"compression": func() *Figure {
				return Compression(Measured("a", one), Measured("b", all...), Measured("c", all...).Band(), Predicted("d", one), Paper("e", constant), Bound("f", constant))
			},
			"one value":    func() *Figure { return Compression(Series("a", constant[:1])) },
			"empty":        func() *Figure { return Compression(Series("a")) },
			"nothing":      func() *Figure { return Discrimination() },
			"only a bound": func() *Figure { return Discrimination(Bound("a", constant)) },
			"constant":     func() *Figure { return Discrimination(Series("a", constant)) },
			"discrimination": func() *Figure {
				return Discrimination(Measured("a", all...), Predicted("b", one), Bound("c", constant))
			},
			"both":        func() *Figure { return CompressionDiscrimination(Measured("a", all...)) },
			"ratios":      func() *Figure { return Ratios(Measured("a", all...), Paper("b", constant)) },
			"spectrum":    func() *Figure { return Spectrum(one) },
			"no spectrum": func() *Figure { return Spectrum(one, 99) },
			"loss":        func() *Figure { return LossCurve(Curve{Y: hard}, Curve{Y: constant}, Curve{}) },
			"rank": func() *Figure {
				return RankAccuracy([]Trace{Measured("a", one)}, []Trace{Series("b", constant)})
			},
			"assumptions": func() *Figure {
				a := &pnc.Assumptions{Residual: hard[shift], MiddleVar: hard[shift], RelativeBalancedness: constant}
				return Assumptions("depth", []int{2, 3}, [][]*pnc.Assumptions{{a, a}, {}}, [][]*pnc.Assumptions{{}, {a}}, PaperAssumptions{Residual: constant})
			},
			"embedding": func() *Figure { return Embedding(2, classes, []string{"x", "y"}, maps...) },
			"features":  func() *Figure { return Features(2, classes, []string{"x", "y"}, maps...) },
			"dynamics":  func() *Figure { return Dynamics(CompressionOf, snapshots) },
			"map":       func() *Figure { return DynamicsMap(CompressionOf, snapshots) },
			"map of D":  func() *Figure { return DynamicsMap(DiscriminationOf, snapshots[:1]) },
			"phases": func() *Figure {
				rows := [][]float64{hard, append(append([]float64{}, hard[shift:]...), hard[:shift]...)}
				p := Plane{count(len(hard)), []float64{1, 2}, rows}
				return PhaseDiagram(Axes{Name: "a", LogY: true}, p, Steps{[]float64{0, 1}, []string{"a", "b", "c"}, "d"},
					NewContours("e", p, Level{0, "f"}, Level{hard[shift], "g"}), &Contours{Log: true, plane: p, Levels: []Level{{1, ""}}})
			},
			"one phase": func() *Figure {
				return PhaseDiagram(Axes{}, Plane{[]float64{1}, []float64{2}, [][]float64{{hard[shift]}}}, Steps{Names: []string{"a"}})
			},
			"strip": func() *Figure {
				return Strip("a", "b", []Group{{"c", hard}, {"d", constant}, {"e", nil}}, 0, hard[shift])
			},
			"histogram": func() *Figure { return Histogram("a", "b", 5, Group{"c", hard}, Group{"d", constant}, Group{}) },
			"error scaling": func() *Figure {
				return ErrorScaling("a", "b", 1, Series("c", hard).At(hard...), Series("d", constant))
			},
		} {
			t.Run(fmt.Sprintf("%s/%d", name, shift), func(t *testing.T) {
				f := figure()
				w, h := f.Size()
				if !(w > 0 && w < 3000 && h > 0 && h < 3000) {
					t.Fatalf("size %v × %v", w, h)
				}
				f.Image(24) // the drawing, not the encoding, is what could fail
			})
		}
	}
}

func TestFormats(t *testing.T) {
	f := Row(Compression(Measured("a", hardEvaluation(0))), Discrimination(Measured("a", hardEvaluation(1))))
	for _, format := range []string{"png", "svg", "pdf"} {
		if err := f.write(io.Discard, format); err != nil {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestProgrammerErrors(t *testing.T) {
	two := mat.NewDense(2, 2, nil)
	for name, call := range map[string]func(){
		"line":        func() { NewLine([]float64{1}, nil) },
		"band":        func() { NewBand([]float64{1}, []float64{1}, nil) },
		"error bars":  func() { NewErrorBars([]float64{1}, []float64{1}, nil) },
		"heat map":    func() { NewHeatMap([]float64{1}, []float64{1}, [][]float64{{1, 2}}, false) },
		"no heat map": func() { NewHeatMap(nil, nil, nil, false) },
		"scatter":     func() { NewClassScatter(two, []int{0}) },
		"3-d scatter": func() { NewClassScatter(mat.NewDense(1, 3, nil), []int{0}) },
		"spectra":     func() { Spectra("", []string{"a"}, nil) },
		"curve":       func() { LossCurve(Curve{X: []float64{1}}) },
		"measured":    func() { Measured("a") },
		"grid":        func() { Grid(0, Compression()) },
		"row":         func() { Row() },
		"twin":        func() { Twin(Row(Compression(), Compression()), Compression()) },
		"both":        func() { CompressionDiscrimination(Series("a", []float64{1})) },
		"over":        func() { Over(Axes{Title: "a"}, Measured("a", hardEvaluation(0))) },
		"accuracy":    func() { RankAccuracy(nil, []Trace{Measured("a", hardEvaluation(0))}) },
		"maps":        func() { Embedding(2, nil, nil) },
		"histogram":   func() { Histogram("", "", 0) },
		"animation":   func() { Animate(0, nil) },
		"dynamics":    func() { Dynamics(CompressionOf, nil) },
		"assumptions": func() { Assumptions("", []int{1}, nil, nil, PaperAssumptions{}) },
	} {
		func() {
			defer func() {
				if msg, ok := recover().(string); !ok || len(msg) < 12 || msg[:10] != "plotting: " {
					t.Errorf("%s: panic %q, want one that starts with plotting:", name, msg)
				}
			}()
			call()
		}()
	}
}
