package report

import (
	"encoding/json"
	"fmt"
	"html"
	"html/template"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// number shows a value of a verdict table: texts as they are, numbers with
// four digits, a dash where there is none.
func number(v any) template.HTML {
	switch v := v.(type) {
	case json.Number:
		return formatNumber(v)
	case string:
		if v != "" {
			return quantity(v)
		}
	}
	return "–"
}

func formatNumber(n json.Number) template.HTML {
	f, err := n.Float64()
	if err != nil || !strings.ContainsAny(n.String(), ".eE") && math.Abs(f) < 1e6 {
		return template.HTML(html.EscapeString(strings.Replace(n.String(), "-", "−", 1)))
	}
	if a := math.Abs(f); a == 0 || a >= 1e-3 && a < 1e5 {
		s := strconv.FormatFloat(f, 'f', max(0, 3-exponent(f)), 64)
		return template.HTML(strings.Replace(s, "-", "−", 1))
	}
	mantissa, exp, _ := strings.Cut(strconv.FormatFloat(f, 'e', 3, 64), "e")
	e, _ := strconv.Atoi(exp)
	return template.HTML(fmt.Sprintf("%s·10<sup>%s</sup>", strings.Replace(mantissa, "-", "−", 1), strings.Replace(strconv.Itoa(e), "-", "−", 1)))
}

// exponent is the decimal exponent of f, so that f = m·10^e with 1 ≤ |m| < 10.
func exponent(f float64) int {
	if f == 0 {
		return 0
	}
	return int(math.Floor(math.Log10(math.Abs(f))))
}

// scripted matches a single letter, or a number, with the sub- and
// superscripts behind it; in a word like train_images it finds nothing.
var (
	scripted = regexp.MustCompile(`(^|[^\p{L}\p{N}_])(\p{L}|\p{N}+)((?:[_^](?:\{[^{}]*\}|[-−]?[\p{L}\p{N}+*′]+))+)`)
	script   = regexp.MustCompile(`([_^])(\{[^{}]*\}|[^_^]+)`)
)

// quantity sets the name of a quantity: C_2 and n^{1/L} with their sub- and
// superscripts, and formulas between dollars as formulas.
func quantity(s string) template.HTML {
	if strings.Contains(s, "$") {
		return newProse().inline(s)
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

// seconds shows a duration for people.
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
