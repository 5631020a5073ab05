package report

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// number formats a number of a table of verdicts: whole numbers as they are, others
// with four digits, NaN as a dash.
func number(f float64) template.HTML {
	switch a := math.Abs(f); {
	case math.IsNaN(f):
		return "–"
	case f == math.Trunc(f) && a < 1e6:
		return template.HTML(strings.Replace(strconv.FormatFloat(f, 'f', 0, 64), "-", "−", 1))
	case a >= 1e-3 && a < 1e5:
		s := strconv.FormatFloat(f, 'f', max(0, 3-exponent(f)), 64)
		return template.HTML(strings.Replace(s, "-", "−", 1))
	}
	mantissa, exp, _ := strings.Cut(strconv.FormatFloat(f, 'e', 3, 64), "e")
	e, _ := strconv.Atoi(exp)
	return template.HTML(fmt.Sprintf("%s·10<sup>%s</sup>", strings.Replace(mantissa, "-", "−", 1), strings.Replace(strconv.Itoa(e), "-", "−", 1)))
}

// text formats a text of a table of verdicts, a dash if it is empty.
func text(s string) template.HTML {
	if s == "" {
		return "–"
	}
	return quantity(s)
}

// exponent returns the decimal exponent of f, which is not 0: f = m·10^e with
// 1 ≤ |m| < 10.
func exponent(f float64) int { return int(math.Floor(math.Log10(math.Abs(f)))) }

// scripted matches a single letter, or a number, followed by sub- and superscripts; it
// does not match words like train_images.
var (
	scripted = regexp.MustCompile(`(^|[^\p{L}\p{N}_])(\p{L}|\p{N}+)((?:[_^](?:\{[^{}]*\}|[-−]?[\p{L}\p{N}+*′]+))+)`)
	script   = regexp.MustCompile(`([_^])(\{[^{}]*\}|[^_^]+)`)
)

// quantity formats the name of a quantity: C_2 and n^{1/L} with sub- and superscripts,
// and formulas between dollars as formulas.
func quantity(s string) template.HTML {
	if strings.Contains(s, "$") {
		return newText().inline(s)
	}
	s = strings.ReplaceAll(s, " - ", " − ")
	s = scripted.ReplaceAllStringFunc(html.EscapeString(s), func(m string) string {
		g := scripted.FindStringSubmatch(m)
		return g[1] + g[2] + script.ReplaceAllStringFunc(g[3], func(m string) string {
			tag := map[byte]string{'_': "sub", '^': "sup"}[m[0]]
			return "<" + tag + ">" + strings.Trim(m[1:], "{}") + "</" + tag + ">"
		})
	})
	return template.HTML(s)
}

// seconds formats a duration for readers.
func seconds(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	default:
		return fmt.Sprintf("%.1f h", d.Hours())
	}
}
