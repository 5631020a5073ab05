package plotting

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// DecadeTicks marks a logarithmic axis. Powers of ten are labelled 10^{k}: all of
// them, or every second, third and so on, so that there are at most eight labels. The
// others and, on short axes, the multiples in between are minor ticks. An axis with
// fewer than two powers of ten has labels at 1, 2 and 5 times a power, and one much
// shorter than a decade at round numbers.
type DecadeTicks struct{}

var _ plot.Ticker = DecadeTicks{}

// Ticks returns the ticks between min and max; none if the range is not positive.
func (DecadeTicks) Ticks(min, max float64) []plot.Tick {
	if !(min > 0) || !(max > min) || math.IsInf(max, 1) {
		return nil
	}
	// A power of ten that is off the axis only by rounding counts.
	first := int(math.Ceil(math.Log10(min) - 1e-9))
	last := int(math.Floor(math.Log10(max) + 1e-9))
	switch decades := last - first + 1; {
	case decades >= 2:
		return decades10(first, last, min, max)
	case math.Log10(max/min) > 0.9:
		return mantissaTicks(min, max)
	default:
		return LinearTicks{}.Ticks(min, max)
	}
}

// decades10 returns ticks with labels at powers of ten.
func decades10(first, last int, min, max float64) []plot.Tick {
	const most = 8
	stride := (last - first + most) / most
	var ticks []plot.Tick
	for k := first - 1; k <= last; k++ {
		power := math.Pow(10, float64(k))
		if k >= first {
			t := plot.Tick{Value: power}
			if mod(k, stride) == 0 {
				t.Label = powerNumber(1, k)
			}
			ticks = append(ticks, t)
		}
		if stride == 1 {
			ticks = append(ticks, minorTicks(power, min, max)...)
		}
	}
	return ticks
}

// mantissaTicks returns ticks with labels at 1, 2 and 5 times powers of ten.
func mantissaTicks(min, max float64) []plot.Tick {
	var ticks []plot.Tick
	for k := math.Floor(math.Log10(min)); k <= math.Log10(max); k++ {
		power := math.Pow(10, k)
		for _, m := range []float64{1, 2, 5} {
			if v := m * power; v >= min*(1-1e-9) && v <= max*(1+1e-9) {
				label := number(v, power, v)
				if min < 1e-3 || max >= 1e6 { // all as powers of ten, or none
					label = powerNumber(m, int(k))
				}
				ticks = append(ticks, plot.Tick{Value: v, Label: label})
			}
		}
		for _, t := range minorTicks(power, min, max) {
			if m := math.Round(t.Value / power); m != 2 && m != 5 {
				ticks = append(ticks, t)
			}
		}
	}
	return ticks
}

// minorTicks returns unlabelled ticks at 2..9 times a power of ten.
func minorTicks(power, min, max float64) []plot.Tick {
	var ticks []plot.Tick
	for m := 2.0; m < 10; m++ {
		if v := m * power; v > min && v < max {
			ticks = append(ticks, plot.Tick{Value: v})
		}
	}
	return ticks
}

// LinearTicks marks a linear axis at about six round numbers, which all have the same
// number of decimals.
type LinearTicks struct{}

var _ plot.Ticker = LinearTicks{}

// Ticks returns the ticks between min and max.
func (LinearTicks) Ticks(min, max float64) []plot.Tick {
	span := max - min
	if !(span > 0) || math.IsInf(span, 1) {
		return nil
	}
	step := roundStep(span / 6)
	if step == 0 || math.Abs(min)/step > 1e12 {
		return nil // float64 has no numbers between the ends
	}
	var ticks []plot.Tick
	for i := math.Ceil(min/step - 1e-9); i <= max/step+1e-9; i++ {
		v := i * step
		ticks = append(ticks, plot.Tick{Value: v, Label: number(v, step, math.Max(math.Abs(min), math.Abs(max)))})
	}
	return ticks
}

// roundStep returns the number closest to v, in ratio, among 1, 2 and 5 times the
// powers of ten.
func roundStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	switch m := v / power; {
	case m < math.Sqrt(1*2):
		return power
	case m < math.Sqrt(2*5):
		return 2 * power
	case m < math.Sqrt(5*10):
		return 5 * power
	}
	return 10 * power
}

// LayerTicks marks whole numbers only: all if they are few, or else round ones.
type LayerTicks struct{}

var _ plot.Ticker = LayerTicks{}

// Ticks returns the ticks between min and max.
func (LayerTicks) Ticks(min, max float64) []plot.Tick {
	if !(max > min) || max-min > 50 {
		return LinearTicks{}.Ticks(min, max)
	}
	step := math.Max(1, roundStep((max-min)/10))
	var ticks []plot.Tick
	for i := math.Ceil(min/step - 1e-9); i <= max/step+1e-9; i++ {
		ticks = append(ticks, plot.Tick{Value: i * step, Label: number(i*step, step, math.Max(math.Abs(min), math.Abs(max)))})
	}
	return ticks
}

// number formats a tick at v with as many decimals as steps of the given size need,
// as a multiple of a power of ten if the largest number on the axis is very large or
// very small.
func number(v, step, largest float64) string {
	if v == 0 {
		return "0"
	}
	digits := func(x float64) int { return int(math.Floor(math.Log10(x) + 1e-9)) }
	if largest < 1e6 && largest >= 1e-3 {
		return minus(strconv.FormatFloat(v, 'f', max(0, -digits(step)), 64))
	}
	unit := digits(largest)
	mantissa := strconv.FormatFloat(v/math.Pow(10, float64(unit)), 'f', max(0, unit-digits(step)), 64)
	return minus(fmt.Sprintf("%s×10^{%d}", mantissa, unit))
}

// powerNumber formats m·10^k.
func powerNumber(m float64, k int) string {
	if m == 1 {
		return minus(fmt.Sprintf("10^{%d}", k))
	}
	return minus(fmt.Sprintf("%g×10^{%d}", m, k))
}

// unlabelled has the ticks and the grid of another marker, but no numbers.
type unlabelled struct{ plot.Ticker }

// Ticks returns the ticks with blank labels: without any they would be minor.
func (u unlabelled) Ticks(min, max float64) []plot.Tick {
	ticks := u.Ticker.Ticks(min, max)
	for i := range ticks {
		if !ticks[i].IsMinor() {
			ticks[i].Label = " "
		}
	}
	return ticks
}

// minus replaces hyphens by minus signs.
func minus(s string) string { return strings.ReplaceAll(s, "-", "−") }

// mod returns the remainder of k that is not negative.
func mod(k, n int) int { return ((k % n) + n) % n }

// nameTicks labels the positions 0, 1, ... of an axis with the settings.
func nameTicks(settings []int) plot.ConstantTicks {
	ticks := make(plot.ConstantTicks, len(settings))
	for i, s := range settings {
		ticks[i] = plot.Tick{Value: float64(i), Label: strconv.Itoa(s)}
	}
	return ticks
}
