package plotting

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
)

// contourLines returns the lines of contours in the coordinates of the plane.
func contourLines(k *Contours, value float64, logX, logY bool) [][][2]float64 {
	p := newPanel("", "", "")
	if logX {
		p.logX()
	}
	if logY {
		p.logY()
	}
	x, y := k.plane.X, k.plane.Y
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = x[0], x[len(x)-1], y[0], y[len(y)-1]
	c := draw.NewCanvas(new(recorder.Canvas), 1, 1)
	back := func(v vg.Length, min, max float64, log bool) float64 {
		if log {
			return math.Exp(math.Log(min) + float64(v)*(math.Log(max)-math.Log(min)))
		}
		return min + float64(v)*(max-min)
	}
	var lines [][][2]float64
	for _, line := range k.lines(value, c, p.Plot) {
		var points [][2]float64
		for _, pt := range line {
			points = append(points, [2]float64{back(pt.X, p.X.Min, p.X.Max, logX), back(pt.Y, p.Y.Min, p.Y.Max, logY)})
		}
		lines = append(lines, points)
	}
	return lines
}

// plane returns f on a grid.
func plane(x, y []float64, f func(x, y float64) float64) Plane {
	p := Plane{X: x, Y: y}
	for _, y := range y {
		var row []float64
		for _, x := range x {
			row = append(row, f(x, y))
		}
		p.Z = append(p.Z, row)
	}
	return p
}

// TestContours checks contours that are known: a product of powers is exact on
// logarithmic axes; a circle is closed and within the error of interpolation, an eighth of
// the second derivative; a saddle has two pieces; where a value is missing the line is
// interrupted.
func TestContours(t *testing.T) {
	power := NewContours("", plane([]float64{0.1, 0.3, 2, 5}, []float64{1, 2, 7, 30, 50}, func(x, y float64) float64 { return x * x * y }))
	power.Log = true
	lines := contourLines(power, 3, true, true)
	if len(lines) != 1 || len(lines[0]) < 4 {
		t.Fatalf("lines %v, want one", lines)
	}
	for _, p := range lines[0] {
		if v := p[0] * p[0] * p[1]; math.Abs(v-3) > 1e-9 {
			t.Errorf("value %g at %v, want 3", v, p)
		}
	}
	grid := make([]float64, 41)
	for i := range grid {
		grid[i] = float64(i-20) / 10
	}
	circle := contourLines(NewContours("", plane(grid, grid, func(x, y float64) float64 { return x*x + y*y })), 2, false, false)
	if len(circle) != 1 || circle[0][0] != circle[0][len(circle[0])-1] {
		t.Fatalf("%d lines, want one that is closed", len(circle))
	}
	for _, p := range circle[0] {
		if v := p[0]*p[0] + p[1]*p[1]; math.Abs(v-2) > 2*0.1*0.1/8+1e-12 {
			t.Errorf("value %g at %v, want 2", v, p)
		}
	}
	saddle := Plane{X: []float64{0, 1}, Y: []float64{0, 1}, Z: [][]float64{{1, 0}, {0, 1}}}
	for _, test := range []struct{ value, sign float64 }{{0.3, -1}, {0.7, 1}} { // around the low corners, or the high ones
		lines := contourLines(NewContours("", saddle), test.value, false, false)
		if len(lines) != 2 || len(lines[0]) != 2 {
			t.Errorf("saddle: %v, want two pieces", lines)
			continue
		}
		for _, line := range lines {
			if a, b := line[0], line[1]; math.Abs(a[0]+test.sign*a[1]-b[0]-test.sign*b[1]) > 1e-9 {
				t.Errorf("value %g: the piece %v is around another corner", test.value, line)
			}
		}
	}
	holed := plane(grid, grid, func(x, y float64) float64 {
		if x == 0 {
			return math.NaN()
		}
		return y
	})
	lines = contourLines(NewContours("", holed), 0.55, false, false)
	if len(lines) != 2 {
		t.Fatalf("%d lines, want two around what is missing", len(lines))
	}
	for _, line := range lines {
		for _, p := range line {
			if p[0] > -0.1+1e-9 && p[0] < 0.1-1e-9 || math.Abs(p[1]-0.55) > 1e-9 {
				t.Errorf("point %v", p)
			}
		}
	}
}

// TestPhaseCaption checks that who cannot see the figure is told how many cells have
// which value.
func TestPhaseCaption(t *testing.T) {
	cells := Plane{X: []float64{1, 2}, Y: []float64{1, 2}, Z: [][]float64{{0.5, 1}, {3, math.NaN()}}}
	f := PhaseDiagram(Axes{Title: "Error", X: "depth", Y: `\xi`}, cells, Steps{[]float64{1}, []string{"small", "large"}, "none"}, NewContours("law", cells))
	if want := "small in 1, large in 2, none in 1 of 4 cells. Lines: law."; !strings.HasSuffix(f.Caption, want) {
		t.Errorf("caption %q, want %q", f.Caption, want)
	}
	two := Row(f, PhaseDiagram(Axes{}, cells, Steps{[]float64{1}, []string{"small", "large"}, "none"})).OneLegend()
	if n := len(two.legend.entries); n != 4 {
		t.Errorf("%d entries in the common legend, want 4", n)
	}
	for _, p := range two.all() {
		if len(p.legend.entries) != 0 {
			t.Error("a plot has a legend of its own besides")
		}
	}
}
