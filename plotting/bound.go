package plotting

import (
	"fmt"
	"math"
)

// addBound draws the i-th trace if it is a bound. Unless it is to be shown whole, a
// bound widens the axis by at most the range of the data on either side, and the
// legend says so if it lies beyond.
func (d *drawing) addBound(i int) {
	b := d.bounds[i]
	if b == nil {
		return
	}
	var y extent
	for _, xy := range b.XYs {
		y.add(d.q.Log, xy.Y)
	}
	if !y.some {
		return
	}
	room, bottom, top := d.Y.Max-d.Y.Min, 2*d.Y.Min-d.Y.Max, 2*d.Y.Max-d.Y.Min
	low, high := y.min-0.05*room, y.max+0.05*room
	if d.q.Log {
		factor := d.Y.Max / d.Y.Min
		bottom, top = d.Y.Min/factor, d.Y.Max*factor
		low, high = y.min/1.2, y.max*1.2
	}
	if d.whole[i] {
		bottom, top = math.Inf(-1), math.Inf(1)
	}
	if y.max < bottom || y.min > top {
		e := &d.entries[i][0]
		if e.label != "" {
			e.label += fmt.Sprintf(" (off the axis: %s to %s)", mathNumber(y.min, 3), mathNumber(y.max, 3))
		}
		return
	}
	d.under(b)
	if y.min < d.Y.Min {
		d.Y.Min = max(low, bottom)
	}
	if y.max > d.Y.Max {
		d.Y.Max = min(high, top)
	}
}
