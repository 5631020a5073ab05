package report

import (
	"html/template"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestExtractMath(t *testing.T) {
	for _, test := range []struct {
		source   string
		formulas []string // $$ in front of those on display
	}{
		{"plain", nil},
		{"a $x_1$ and $y_2$.", []string{"x_1", "y_2"}},
		{"$$\na_1\n+ b_2\n$$", []string{"$$\na_1\n+ b_2\n"}},
		{"costs 3$ or 4$", nil},
		{"from $3 to $4", nil},
		{"an escaped \\$x$ dollar", nil},
		{"inside `$x$` code, outside $y$", []string{"y"}},
		{"inside ``a ` $x$`` code", nil},
		{"```\n$x$\n```\n$y$", []string{"y"}},
		{"~~~go\n$x$\n```\n$z$\n~~~\n$y$", []string{"y"}},
		{"  ```\n$x$\n  ```  \n$y$", []string{"y"}},
		{"an unclosed `tick and $y$", []string{"y"}},
		{"$a\\$b$", []string{"a\\$b"}},
		{"| $|x|$ | $\\|y\\|$ |", []string{"|x|", "\\|y\\|"}},
		{"$x\n\ny$", nil},
		{"$ x$ and $x $", nil},
		{"$$unclosed", nil},
		{"ends with $", nil},
		{"\\", nil},
	} {
		text, formulas := extractMath(test.source)
		var got []string
		for _, f := range formulas {
			if f.display {
				f.tex = "$$" + f.tex
			}
			got = append(got, f.tex)
		}
		if strings.Join(got, "|") != strings.Join(test.formulas, "|") {
			t.Errorf("%q: formulas %q, want %q", test.source, got, test.formulas)
		}
		if n := len(placeholder.FindAllString(text, -1)); n != len(formulas) {
			t.Errorf("%q: %d placeholders for %d formulas in %q", test.source, n, len(formulas), text)
		}
	}
}

func TestRender(t *testing.T) {
	p := newProse()
	for _, test := range []struct{ source, want string }{
		{"# One *two*", `<h1 id="one-two">One <em>two</em></h1>`},
		{"# One *two*", `<h1 id="one-two-1">One <em>two</em></h1>`}, // ids are unique on a page
		{"a_b_c $x_1 * y_1 * z_1$.", "<p>a_b_c <math>"},
		{"$x$, then", "</math>\u2060, then"},
		{"| a | b |\n|---|---|\n| $|x|$ | 2 |", "<td><math>"},
		{"it's \"so\" -- there", "<p>it&rsquo;s &ldquo;so&rdquo; &ndash; there</p>"},
		{"<b>HTML</b>", "<b>HTML</b>"},
		{"`x < y`", "<code>x &lt; y</code>"},
		{"$$x$$", `<span class="display"><math display="block">`},
	} {
		if got := string(p.render(test.source)); !strings.Contains(got, test.want) {
			t.Errorf("%q: got %q, want %q in it", test.source, got, test.want)
		}
	}
	if got := string(p.inline("one **two**")); got != "one <strong>two</strong>" {
		t.Errorf("inline: %q", got)
	}
}

func TestMathML(t *testing.T) {
	for _, test := range []struct{ tex, want string }{
		{`C_\ell`, "<msub><mi>C</mi><mi>ℓ</mi></msub>"},
		{`\frac12`, "<mfrac><mn>1</mn><mn>2</mn></mfrac>"},
		{`\tfrac14`, "<mn>4</mn></mfrac>"},
		{`\frac{1}N`, "<mfrac><mn>1</mn><mi>N</mi></mfrac>"},
		{`\sqrt[3]x`, "<mroot>"},
		{`\|x\|`, "<mi>‖</mi><mi>x</mi><mi>‖</mi>"},
		{`\operatorname{tr}(A)`, "<mo"},
		{`x'`, "<mi>x</mi><mo>′</mo>"},
		{`x'^2`, "<msup><mi>x</mi>"},
		{`\log C`, `log</mi><mspace`},
		{`W^\top`, "<msup><mi>W</mi><mi>⊤</mi></msup>"},
		{`\left(\frac ab\right)`, "<mfrac><mi>a</mi><mi>b</mi></mfrac>"},
		{`\langle x, y \rangle`, `<mo form="prefix" stretchy="false">⟨</mo>`},
		{`\begin{cases} 1 & x > 0 \\ 0 & \text{else} \end{cases}`, "<mtext>else</mtext>"},
		{`a < b`, `<annotation encoding="application/x-tex">a &lt; b</annotation>`},
	} {
		got := mathML(test.tex, false)
		if !strings.HasPrefix(got, "<math>") || !strings.Contains(got, test.want) || strings.Contains(got, "merror") {
			t.Errorf("%s: got %s, want %s in it", test.tex, got, test.want)
		}
	}
}

func TestMathMLFallsBackToSource(t *testing.T) {
	for _, tex := range []string{`\nosuchcommand{x}`, `\frac{a`, `a}`, `\frac{a}{`, `{`, `\frac`, `a & \phantom{<b>}`} {
		got := mathML(tex, true)
		if !strings.HasPrefix(got, `<code class="tex">`) || strings.Contains(got, "<b>") {
			t.Errorf("%s: got %s, want the source", tex, got)
		}
	}
}

func FuzzMathML(f *testing.F) {
	f.Add(`\frac1{2}'_i \| \sqrt[3]x \operatorname*{a} \text{b} \left( \begin{aligned} & \end{aligned}`)
	f.Add(`\`)
	f.Fuzz(func(t *testing.T, tex string) {
		normal, ok := normalizeTeX(tex)
		if ok && strings.Count(normal, "{") < strings.Count(tex, "{") {
			t.Errorf("%q lost braces: %q", tex, normal)
		}
	})
}

func FuzzExtractMath(f *testing.F) {
	f.Add("a $x$ `b` $$c$$ \\$ ```\nd\n```")
	f.Fuzz(func(t *testing.T, source string) {
		if strings.ContainsAny(source, "\uE000\uE001") {
			t.Skip()
		}
		text, formulas := extractMath(source)
		i := 0
		back := placeholder.ReplaceAllStringFunc(text, func(s string) string {
			m, f := placeholder.FindStringSubmatch(s), formulas[i]
			i++
			if f.display {
				return "$$" + f.tex + "$$" + m[2]
			}
			return "$" + f.tex + "$" + m[2]
		})
		if back != source {
			t.Errorf("%q became %q", source, back)
		}
	})
}

// TestHostileText renders text that is made to do harm: no script comes of it outside of
// a page whose notebook holds it, nothing panics, and the time stays in proportion.
func TestHostileText(t *testing.T) {
	script := regexp.MustCompile(`(?i)<script|<img|\sonerror\s*=|javascript:`)
	for _, source := range []string{
		"$x$ <script>alert(1)</script>", "<img src=x onerror=alert(1)> $x$", `$\text{<script>alert(1)</script>}$`, `$<img src=x onerror=alert(1)>$`,
		`$\href{javascript:alert(1)}{x}$`, `$\mathrm{<img src=x>}$`, "[x](javascript:alert(1)) $x$", `$\text{</math><script>1</script>}$`,
		`$\textcolor{red" onclick="alert(1)}{x}$`, `$\class{a" onmouseover="b}{x}$`,
	} {
		for name, out := range map[string]template.HTML{"text": newText().inline(source), "quantity": quantity(source)} {
			escaped := regexp.MustCompile(`<code class="tex">.*?</code>|<annotation.*?</annotation>`).ReplaceAllString(string(out), "")
			if script.MatchString(escaped) || regexp.MustCompile(`<[^>]*\son\w+=`).MatchString(escaped) {
				t.Errorf("%s of %q: %s", name, source, out)
			}
		}
	}
	for name, source := range map[string]string{
		"placeholders": "a \uE0005\uE001 b $x$ \uE000999999999999999999999\uE001",
		"emphasis":     strings.Repeat("*a_", 70_000),
		"braces":       "$" + strings.Repeat("{", 3_000_000) + "$",
		"few braces":   "$" + strings.Repeat("{", 2000) + strings.Repeat("}", 2000) + "$",
		"arguments":    "$" + strings.Repeat(`\sqrt`, 800) + "$",
		"brackets":     strings.Repeat("[", 40_000) + "$x$",
		"quotes":       strings.Repeat("> ", 20_000),
		"lists":        strings.Repeat("- ", 20_000),
		"dollars":      strings.Repeat("$a ", 15_000),
		"backticks":    strings.Repeat("` `` ", 8_000),
	} {
		done := make(chan template.HTML, 1)
		go func() { done <- newProse().render(source) }()
		select {
		case out := <-done:
			if out == "" {
				t.Errorf("%s: nothing", name)
			}
		case <-time.After(time.Minute): // seconds at worst; minutes were the fault
			t.Fatalf("%s: not rendered within a minute", name)
		}
	}
}
