package plotting

import (
	"fmt"
	"slices"

	"pnclab/pnc"
)

// Dynamics draws how a quantity of every layer evolves over the epochs of a run:
// one line per layer, from dark for the first to light for the last.
func Dynamics(q Quantity, snapshots []pnc.Snapshot) *Figure {
	epochs, layers, values := dynamics(q, snapshots)
	p := newPanel(q.Title, "epoch", q.Label)
	if q.Log {
		p.logY()
	}
	for i, l := range layers {
		line := NewLine(epochs, values[i])
		line.Color = ordered(i, len(layers))
		p.add(line)
		p.legend.add(fmt.Sprintf(`$\ell$ = %g`, l), line)
	}
	p.fit(0.02, 0.06)
	return newFigure(q.Name+"-dynamics", fmt.Sprintf("%s of every layer over the epochs of training.", plain(q.Title)), p).LegendRight()
}

// DynamicsMap draws a quantity over epochs and layers as colours. Where the epochs get
// further and further apart, as checkpoints often do, columns have the same width and
// the axis says so: to scale, the first ones would be too narrow to be seen.
func DynamicsMap(q Quantity, snapshots []pnc.Snapshot) *Figure {
	epochs, layers, values := dynamics(q, snapshots)
	p := newPanel(q.Title, "epoch", `layer $\ell$`)
	if uneven(epochs) {
		names := layerNames{}
		for i, e := range epochs {
			names[i] = fmt.Sprint(e)
		}
		p.X.Label.Text, p.X.Tick.Marker = "epoch, not to scale", names
		epochs = count(len(epochs))
	}
	h := NewHeatMap(epochs, layers, values, q.Log)
	p.noGrid, p.frame = true, true
	p.add(h)
	p.Y.Tick.Marker = LayerTicks{}
	p.fit(0, 0)
	p.bar = newColorBar(q.Label, h.Min, h.Max, q.Log)
	return newFigure(q.Name+"-map", fmt.Sprintf("%s over epochs and layers, as colours.", plain(q.Title)), p)
}

// uneven reports whether the largest gap between epochs is more than four times the
// median one.
func uneven(epochs []float64) bool {
	if len(epochs) < 3 {
		return false
	}
	var gaps []float64
	for i, e := range epochs[1:] {
		gaps = append(gaps, e-epochs[i])
	}
	slices.Sort(gaps)
	return gaps[len(gaps)-1] > 4*gaps[len(gaps)/2]
}

// dynamics returns a quantity as a matrix of one row per layer and one column per
// epoch.
func dynamics(q Quantity, snapshots []pnc.Snapshot) (epochs, layers []float64, values [][]float64) {
	if len(snapshots) == 0 || len(snapshots[0].Evaluation.Layers) == 0 {
		panic("plotting: dynamics needs snapshots; see MeasureEvery of pnc.Settings")
	}
	for i, m := range snapshots[0].Evaluation.Layers {
		layers = append(layers, float64(m.Layer))
		row := make([]float64, len(snapshots))
		for j, s := range snapshots {
			row[j] = q.Of(s.Evaluation.Layers[i])
		}
		values = append(values, row)
	}
	for _, s := range snapshots {
		epochs = append(epochs, float64(s.Epoch))
	}
	return epochs, layers, values
}

// AnimateLayers returns an animation of a quantity over the layers during training,
// one frame per snapshot. Every frame also shows the given traces, such as the
// prediction.
func AnimateLayers(q Quantity, snapshots []pnc.Snapshot, traces ...Trace) *Animation {
	var y extent
	figures := make([]*Figure, len(snapshots))
	for i, s := range snapshots {
		figures[i] = Layers(q, append([]Trace{Measured("measured", s.Evaluation)}, traces...)...)
		axis := figures[i].panels[0][0].Y
		y.add(q.Log, axis.Min, axis.Max)
	}
	return Animate(len(snapshots), func(i int) (*Figure, string) {
		axis := &figures[i].panels[0][0].Y
		axis.Min, axis.Max = y.min, y.max
		return figures[i], fmt.Sprintf("epoch %d", snapshots[i].Epoch)
	})
}
