package plotting

import (
	"fmt"
	"strings"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
)

// Map holds the samples of a data set at one layer of a network as points in the
// plane: an N×2 matrix with one row per sample.
type Map struct {
	Title  string // as MathText, such as "layer 4"
	Points mat.Matrix
}

// Embedding draws maps of the same samples side by side, coloured by class. The
// coordinates have no meaning of their own, so that the axes have no numbers and
// each map fills its frame.
func Embedding(columns int, labels []int, classNames []string, maps ...Map) *Figure {
	f := scatterGrid("embedding", columns, labels, classNames, maps)
	for i, p := range f.all() {
		noNumbers(p)
		p.fit(0.05, 0.05)
		p.title = maps[i].Title
	}
	f.Caption = fmt.Sprintf("Two-dimensional embedding of the features, coloured by class: %s.", titles(maps))
	return f
}

// Features draws two-dimensional features of the same samples at several layers
// side by side, with the mean of every class as a diamond. All maps share one scale,
// the same in both directions, so that sizes can be compared.
func Features(columns int, labels []int, classNames []string, maps ...Map) *Figure {
	f := scatterGrid("features", columns, labels, classNames, maps)
	for i, p := range f.all() {
		p.X.Label.Text, p.Y.Label.Text = "$z_1$", "$z_2$"
		scatter := p.marks[0].(*ClassScatter)
		p.add(newClassMeans(scatter))
		p.fit(0.06, 0.06)
		p.title = maps[i].Title
	}
	f.shareScale()
	for _, p := range f.all() {
		p.equal = true
	}
	f.Caption = fmt.Sprintf("Two-dimensional features with class means, on one scale: %s.", titles(maps))
	return f
}

// scatterGrid puts scatter plots of classes side by side, with one legend.
func scatterGrid(name string, columns int, labels []int, classNames []string, maps []Map) *Figure {
	if len(maps) == 0 || columns < 1 {
		panic(fmt.Sprintf("plotting: %d maps in %d columns", len(maps), columns))
	}
	f := &Figure{Name: name, Width: 185, Height: 185}
	var panels []*panel
	for _, m := range maps {
		p := newPanel(m.Title, "", "")
		p.add(NewClassScatter(m.Points, labels))
		panels = append(panels, p)
	}
	f.arrange(min(columns, len(panels)), panels)
	for k, class := range classNames {
		f.legend.add(escape(class), classThumb(k))
	}
	f.legend.right = len(classNames) > 4
	return f
}

// noNumbers reduces the axes to a frame.
func noNumbers(p *panel) {
	p.noGrid, p.frame = true, true
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Tick.Marker = plot.ConstantTicks{}
		a.Tick.Length = 0
	}
}

func titles(maps []Map) string {
	var all []string
	for _, m := range maps {
		all = append(all, plain(m.Title))
	}
	return strings.Join(all, ", ")
}
