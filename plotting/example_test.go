package plotting_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/vg/draw"

	"pnclab/plotting"
	"pnclab/pnc"
)

// decay returns an evaluation whose C falls by a factor per layer and whose D rises,
// both with a little noise.
func decay(factor, noise float64, seed int) *pnc.Evaluation {
	rnd := rand.New(rand.NewPCG(uint64(seed), 1))
	ev := &pnc.Evaluation{Name: "linear network"}
	for l := range 6 {
		ev.Layers = append(ev.Layers, pnc.LayerMeasures{
			Layer: l,
			C:     13.5 * math.Pow(factor, float64(l)) * math.Exp(noise*rnd.NormFloat64()),
			D:     0.965 + 0.0045*float64(l) + 0.004*noise*rnd.NormFloat64(),
		})
	}
	return ev
}

// tenSeeds returns ten evaluations, as if of ten seeds.
func tenSeeds(factor float64) []*pnc.Evaluation {
	evs := make([]*pnc.Evaluation, 10)
	for i := range evs {
		evs[i] = decay(factor, 0.15, i)
	}
	return evs
}

func save(f *plotting.Figure, name string) {
	if err := plotting.Save(f, "testdata/"+name); err != nil {
		panic(err)
	}
}

func ExampleCompression() {
	trained := plotting.Measured("trained, ten seeds", tenSeeds(0.284)...)
	law := plotting.Predicted("closed form", decay(0.2846, 0, 0))
	paper := plotting.Paper("Wang et al. (2025)", []float64{math.NaN(), 3.6, 1.02, 0.29, 0.08, 0.022})
	save(plotting.Compression(trained, law, paper), "compression.png")
}

// Predictions have the colour of the measurement they belong to.
func ExampleCompression_several() {
	var traces []plotting.Trace
	for i, xi := range []float64{0.1, 0.3, 0.5} {
		factor := []float64{0.0315, 0.284, 0.73}[i]
		traces = append(traces,
			plotting.Measured(fmt.Sprintf(`trained, $\xi$ = %g`, xi), tenSeeds(factor)...),
			plotting.Predicted(fmt.Sprintf(`closed form, $\xi$ = %g`, xi), decay(factor, 0, 0)))
	}
	save(plotting.Compression(traces...).Titled("Three initialisations").LegendRight(), "several.png")
}

func ExampleDiscrimination() {
	trained := plotting.Measured("trained, ten seeds", tenSeeds(0.284)...).Band()
	law := plotting.Predicted("closed form", decay(0.2846, 0, 0))
	bound := plotting.Bound("bound of the theorem", []float64{0.943, 0.946, 0.949, 0.952, 0.955, 0.958})
	save(plotting.Discrimination(trained, law, bound), "discrimination.png")
}

// The two panels of the paper's figure. A bound that is far from the data is kept off
// the axis.
func ExampleRow() {
	trained := plotting.Measured("trained", decay(0.284, 0.1, 1))
	law := plotting.Predicted("closed form", decay(0.2846, 0, 0))
	bound := plotting.Bound("bound", []float64{-213, -190, -167, -144, -121, -98})
	save(plotting.Row(plotting.Compression(trained, law), plotting.Discrimination(trained, law, bound)), "row.png")
}

func ExampleCompressionDiscrimination() {
	trained := plotting.Measured("trained", tenSeeds(0.284)...)
	law := plotting.Predicted("closed form", decay(0.2846, 0, 0))
	save(plotting.CompressionDiscrimination(trained, law), "compression-discrimination.png")
}

func ExampleRatios() {
	trained := plotting.Measured("trained, ten seeds", tenSeeds(0.284)...)
	law := plotting.Predicted("closed form", decay(0.2846, 0, 0))
	authors := plotting.Paper("authors' run", []float64{0.290, 0.283, 0.281, 0.280, 0.280})
	save(plotting.Ratios(trained, law, authors), "ratios.png")
}

func ExampleLayers() {
	nc1 := plotting.Quantity{
		Name: "nc1", Title: "Variability collapse", Label: `NC1 = tr($\Sigma_W\Sigma_B^+$)/K`, Log: true,
		Of: func(m pnc.LayerMeasures) float64 { return m.NC1 },
	}
	ev := &pnc.Evaluation{}
	for l, v := range []float64{4.1, 2.2, 0.9, 0.41, 0.2, 0.11} {
		ev.Layers = append(ev.Layers, pnc.LayerMeasures{Layer: l, NC1: v})
	}
	save(plotting.Layers(nc1, plotting.Measured("MLP", ev)), "layers.png")
}

func ExampleOver() {
	accuracy := plotting.Over(
		plotting.Axes{Name: "transfer", X: "projection layers", Y: "transfer accuracy (%)", WholeNumbers: true},
		plotting.Series("accuracy, three seeds",
			[]float64{59.6, 61.8, 63.9, 65.7, 67.1}, []float64{60.5, 62.6, 64.1, 66.3, 67.4}, []float64{60.2, 62.1, 64.9, 66.0, 67.0},
		).At(1, 2, 3, 4, 5).Band(),
	)
	compression := plotting.Over(
		plotting.Axes{Name: "compression", X: "projection layers", Y: "$C$ of the extractor"},
		plotting.Series("compression, three seeds",
			[]float64{0.009, 0.02, 0.04, 0.08, 0.12}, []float64{0.008, 0.018, 0.05, 0.07, 0.13}, []float64{0.01, 0.022, 0.045, 0.09, 0.11},
		).At(1, 2, 3, 4, 5).Band(),
	)
	save(plotting.Twin(accuracy, compression), "transfer.png")
}

func ExampleTrace_Named() {
	heads := []string{"1", "2", "3"}
	save(plotting.Over(
		plotting.Axes{Name: "named", Title: "Heads of 1 to 3", X: "$C$", Y: "accuracy (%)", LogX: true},
		plotting.Series("amplifies", []float64{60, 72, 79}, []float64{64, 72, 81}).At(0.01, 0.03, 0.1).Named(heads...),
		plotting.Series("damps", []float64{80, 77, 74}, []float64{82, 77, 72}).At(0.3, 0.1, 0.02).Named(heads...),
	), "named.png")
}

func ExampleSpectrum() {
	ev := &pnc.Evaluation{Name: "linear network"}
	for l := range 6 {
		s := []float64{1.6, 1.4, 1.2}
		for i := 3; i < 40; i++ {
			s = append(s, math.Pow(0.3, float64(l))*math.Exp(-0.005*float64(i)))
		}
		ev.Layers = append(ev.Layers, pnc.LayerMeasures{Layer: l, SingularValues: s})
	}
	save(plotting.Spectrum(ev), "spectrum.png")
}

func ExampleLossCurve() {
	rnd := rand.New(rand.NewPCG(1, 1))
	var slow, fast []float64
	for i := range 400 {
		fast = append(fast, math.Exp(-0.04*float64(i)+0.2*rnd.NormFloat64())+1e-6)
		slow = append(slow, math.Exp(-0.02*float64(i)))
	}
	save(plotting.LossCurve(
		plotting.Curve{Label: "mini-batches", Y: fast},
		plotting.Curve{Label: "full batch", Y: slow},
	), "loss.png")
}

func ExampleRankAccuracy() {
	ev := &pnc.Evaluation{}
	for l, r := range []int{842, 880, 861, 822, 741, 628, 455} {
		ev.Layers = append(ev.Layers, pnc.LayerMeasures{Layer: l + 1, Rank95: float64(r)})
	}
	save(plotting.RankAccuracy(
		[]plotting.Trace{
			plotting.Measured("rank", ev),
			plotting.Paper("rank, Wang et al.", []float64{860, 895, 870, 815, 750, 635, 440}).From(1),
		},
		[]plotting.Trace{
			plotting.Series("accuracy", []float64{0.79, 0.93, 0.97, 0.992, 0.997, 0.998, 1}).From(1),
			plotting.Paper("accuracy, Wang et al.", []float64{0.78, 0.94, 0.98, 0.99, 0.998, 0.998, 1}).From(1),
		},
	), "rank-accuracy.png")
}

func ExampleAssumptions() {
	rnd := rand.New(rand.NewPCG(1, 1))
	paper := plotting.PaperAssumptions{
		Residual:     []float64{0.049, 0.047, 0.044, 0.040},
		Balancedness: []float64{0.023, 0.066, 0.048, 0.037},
	}
	var runs, theory [][]*pnc.Assumptions
	for i := range 4 {
		theory = append(theory, []*pnc.Assumptions{{Residual: paper.Residual[i], RelativeBalancedness: paper.Balancedness[i : i+1]}})
		var at []*pnc.Assumptions
		for range 10 {
			at = append(at, &pnc.Assumptions{
				Residual:             paper.Residual[i] * (1 + 0.05*rnd.NormFloat64()),
				RelativeBalancedness: []float64{paper.Balancedness[i] * (1 + 0.05*rnd.NormFloat64())},
				MiddleVar:            1e-6 * rnd.Float64(),
			})
		}
		runs = append(runs, at)
	}
	save(plotting.Assumptions("depth $L$", []int{2, 3, 4, 5}, runs, theory, paper), "assumptions.png")
}

// clouds returns n points in the plane, in classes around a circle.
func clouds(n, classes int, spread float64, seed int) (*mat.Dense, []int) {
	rnd := rand.New(rand.NewPCG(uint64(seed), 1))
	x, labels := mat.NewDense(n, 2, nil), make([]int, n)
	for i := range n {
		labels[i] = i % classes
		sin, cos := math.Sincos(2 * math.Pi * float64(labels[i]) / float64(classes))
		x.SetRow(i, []float64{3*cos + spread*rnd.NormFloat64(), 3*sin + spread*rnd.NormFloat64()})
	}
	return x, labels
}

func ExampleEmbedding() {
	classes := []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}
	var maps []plotting.Map
	var labels []int
	for i, spread := range []float64{2, 1, 0.5, 0.2} {
		x, y := clouds(300, len(classes), spread, i)
		maps, labels = append(maps, plotting.Map{Title: fmt.Sprintf("layer %d", []int{1, 2, 4, 6}[i]), Points: x}), y
	}
	save(plotting.Embedding(2, labels, classes, maps...), "embedding.png")
}

func ExampleFeatures() {
	var maps []plotting.Map
	var labels []int
	for l, spread := range []float64{1.2, 0.6, 0.3, 0.1} {
		x, y := clouds(60, 3, spread, l)
		maps, labels = append(maps, plotting.Map{Title: fmt.Sprintf(`$\ell$ = %d`, l), Points: x}), y
	}
	save(plotting.Features(4, labels, []string{"class 0", "class 1", "class 2"}, maps...), "features.png")
}

// training returns measurements during a made-up run.
func training() []pnc.Snapshot {
	var snapshots []pnc.Snapshot
	for epoch := 0; epoch <= 60; epoch += 4 {
		snapshots = append(snapshots, pnc.Snapshot{Epoch: epoch, Evaluation: decay(0.28+0.72*math.Exp(-float64(epoch)/15), 0, 0)})
	}
	return snapshots
}

func ExampleDynamics() {
	save(plotting.Dynamics(plotting.CompressionOf, training()), "dynamics.png")
}

func ExampleDynamicsMap() {
	save(plotting.DynamicsMap(plotting.CompressionOf, training()), "dynamics-map.png")
}

// ExamplePhaseDiagram draws an error that grows with the square of the init scale and
// falls with the depth, networks that have not learned, and where a theory expects both.
func ExamplePhaseDiagram() {
	cells := plotting.Plane{X: []float64{2, 3, 4, 5, 6, 7, 8}, Y: pnc.LogRange(0.02, 1, 8)}
	errors := plotting.Plane{X: cells.X, Y: cells.Y}
	epochs := plotting.Plane{X: cells.X, Y: cells.Y}
	for _, scale := range cells.Y {
		var values, law, time []float64
		for _, depth := range cells.X {
			v := 0.3 * scale * scale * 4 / depth
			law, time = append(law, v), append(time, 50*math.Pow(scale, 2-depth))
			if v *= 1 + 0.4*math.Sin(3*depth); time[len(time)-1] > 2e4 {
				v = math.NaN()
			}
			values = append(values, v)
		}
		cells.Z, errors.Z, epochs.Z = append(cells.Z, values), append(errors.Z, law), append(epochs.Z, time)
	}
	error, saddle := plotting.NewContours("error expected", errors, plotting.Level{Value: 0.01, Name: "1 %"}, plotting.Level{Value: 0.1, Name: "10 %"}),
		plotting.NewContours("epochs expected", epochs, plotting.Level{Value: 2e4, Name: "20,000"})
	error.Log, saddle.Log = true, true
	save(plotting.PhaseDiagram(plotting.Axes{Name: "phases", Title: "Error of the closed form", X: "depth $L$", Y: `init scale \xi`, LogY: true, WholeNumbers: true}, cells,
		plotting.Steps{Levels: []float64{0.01, 0.1}, Names: []string{"below 1 %", "1 to 10 %", "above 10 %"}, None: "not learned"}, error, saddle), "phases.png")
}

func ExampleStrip() {
	rnd := rand.New(rand.NewPCG(1, 1))
	var groups []plotting.Group
	for i, noise := range []float64{1, 0.3, 0.1} {
		g := plotting.Group{Label: fmt.Sprintf("noise %g", noise)}
		for range 20 {
			g.Values = append(g.Values, 0.002*float64(i)+0.004*noise*rnd.NormFloat64())
		}
		groups = append(groups, g)
	}
	save(plotting.Strip("Twenty seeds", `slope of $D_\ell$`, groups, 0), "strip.png")
}

func ExampleHistogram() {
	rnd := rand.New(rand.NewPCG(1, 1))
	var values []float64
	for range 200 {
		values = append(values, 0.004+0.003*rnd.NormFloat64())
	}
	save(plotting.Histogram("200 seeds", `slope of $D_\ell$`, 20, plotting.Group{Values: values}), "histogram.png")
}

func ExampleErrorScaling() {
	errors := plotting.Series("one-matrix law", []float64{0.021, 0.0102, 0.0021, 0.00098, 0.0002}, []float64{0.018, 0.0093, 0.0018, 0.00095, 0.00019})
	save(plotting.ErrorScaling(`learning rate $\eta$`, `relative error of $C_3$`, 1, errors.At(0.1, 0.05, 0.01, 0.005, 0.001)), "error-scaling.png")
}

// The marks can be added to any gonum plot, here to that of a figure.
func ExampleNewBand() {
	x, low, mid, high := make([]float64, 61), make([]float64, 61), make([]float64, 61), make([]float64, 61)
	for i := range x {
		x[i] = float64(i) / 10
		mid[i] = math.Sin(x[i])
		low[i], high[i] = mid[i]-0.2, mid[i]+0.2+0.05*x[i]
	}
	mid[30], high[30] = math.NaN(), math.NaN() // a gap
	f := plotting.Over(plotting.Axes{Title: "Marks", X: "$x$", Y: `$\sin x$`}, plotting.Bound("zero", make([]float64, 7)))
	p := f.Plots()[0]
	p.Y.Min, p.Y.Max = -1.5, 2
	points := plotting.NewLine([]float64{1, 3, 5}, []float64{0.5, 0.5, 0.5})
	points.Width = 0
	points.Glyph = draw.GlyphStyle{Color: plotting.SeriesColors[1], Radius: 4, Shape: plotting.Marker{Sides: 5}}
	bars := plotting.NewErrorBars([]float64{1, 3, 5}, []float64{0.2, 0.1, 0}, []float64{0.8, 1, 1.2})
	bars.Color = plotting.SeriesColors[1]
	f.Add(plotting.NewShade(4, math.Inf(1)), plotting.NewBand(x, low, high), plotting.NewLine(x, mid), bars, points)
	save(f, "marks.png")
}

// C of the last layer over initial scale and depth, as the closed form has it for
// orthonormal data of 10 samples in each of 3 classes. A cell without a value is grey.
func ExampleCells() {
	scales := pnc.LogRange(0.01, 1, 9)
	depths := pnc.Range(2, 6)
	var columns, rows []string
	for _, s := range scales {
		columns = append(columns, fmt.Sprintf("%.2g", s))
	}
	var values [][]float64
	for _, d := range depths {
		rows = append(rows, fmt.Sprint(d))
		var row []float64
		for _, s := range scales {
			row = append(row, pnc.OrthonormalC(10, 3, pnc.Law{Depth: d, Scale: s, Alpha: 1})[d-1])
		}
		values = append(values, row)
	}
	values[4][0] = math.NaN()
	a := plotting.Axes{Name: "cells", Title: "Compression of the last layer", X: `scale $\epsilon$`, Y: "depth $L$"}
	if err := plotting.Save(plotting.Cells(a, plotting.CompressionOf, columns, rows, values), "testdata/cells.png"); err != nil {
		fmt.Println(err)
	}
}
