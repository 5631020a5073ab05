package plotting

import "fmt"

// addBound draws the i-th trace if it is a bound. A bound widens the axis by at
// most what the data take, and the legend tells of one that is out of sight.
func (d *drawing) addBound(i int) {
	b := d.bounds[i]
	if b == nil {
		return
	}
	_, _, low, high := b.DataRange()
	if low > high { // without a value
		return
	}
	room, bottom, top := d.Y.Max-d.Y.Min, 2*d.Y.Min-d.Y.Max, 2*d.Y.Max-d.Y.Min
	padded := low - 0.05*room
	if d.q.Log {
		factor := d.Y.Max / d.Y.Min
		bottom, top, padded = d.Y.Min/factor, d.Y.Max*factor, low/1.2
	}
	if high < bottom || low > top {
		e := &d.entries[i][0]
		if e.label != "" {
			e.label += fmt.Sprintf(" (off the axis: %s to %s)", mathNumber(low, 3), mathNumber(high, 3))
		}
		return
	}
	d.under(b)
	d.Y.Min = min(d.Y.Min, max(padded, bottom))
	d.Y.Max = max(d.Y.Max, min(high, top))
}
