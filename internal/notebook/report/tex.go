package report

import (
	"html"
	"regexp"
	"strings"

	"github.com/wyatt915/treeblood"
)

// texMacros are commands that treeblood does not know.
var texMacros = map[string]string{
	"operatorname": `\mathrm{#1}`,
	"bm":           `\boldsymbol{#1}`,
	"stackrel":     `\overset{#1}{#2}`,
	"arg":          `\mathrm{arg}`,
	"argmin":       `\mathrm{argmin}`,
	"argmax":       `\mathrm{argmax}`,
	"textbf":       `\text{#1}`,
	"textit":       `\text{#1}`,
}

// texArguments are the commands whose arguments people write without braces.
var texArguments = map[string]int{
	`\frac`: 2, `\tfrac`: 2, `\dfrac`: 2, `\binom`: 2, `\sqrt`: 1,
	`\bar`: 1, `\hat`: 1, `\tilde`: 1, `\vec`: 1, `\dot`: 1, `\mathbb`: 1, `\mathbf`: 1, `\mathcal`: 1, `\mathrm`: 1,
}

// texFunctions are set upright; a space keeps them from a letter that
// follows.
var texFunctions = map[string]bool{
	`\log`: true, `\ln`: true, `\exp`: true, `\det`: true, `\dim`: true, `\ker`: true,
	`\sin`: true, `\cos`: true, `\tan`: true, `\min`: true, `\max`: true,
}

// mathML converts a formula in LaTeX to MathML. What cannot be converted is
// shown as its source.
func mathML(tex string, display bool) string {
	normal, ok := normalizeTeX(tex)
	if ok {
		if out, err := treeblood.TexToMML(normal, texMacros, display, display); err == nil && !strings.Contains(out, "<merror") {
			return tidyMathML(out, tex)
		}
	}
	return `<code class="tex">` + html.EscapeString(tex) + `</code>`
}

var (
	betweenTags = regexp.MustCompile(`>\s+<`)
	annotation  = regexp.MustCompile(`(?s)<annotation.*</annotation>`)
	mathTag     = regexp.MustCompile(`<math [^>]*>`)
)

// tidyMathML drops the white space and puts the source as written into the
// title, where a reader can point at it.
func tidyMathML(out, tex string) string {
	tag := `<math>`
	if strings.Contains(mathTag.FindString(out), `display="block"`) {
		tag = `<math display="block">`
	}
	out = mathTag.ReplaceAllLiteralString(strings.TrimSpace(out), tag)
	out = betweenTags.ReplaceAllString(out, "><")
	return annotation.ReplaceAllLiteralString(out, `<annotation encoding="application/x-tex">`+html.EscapeString(tex)+`</annotation>`)
}

// normalizeTeX rewrites what treeblood misreads: arguments without braces,
// primes, double bars, starred operators. It reports whether all braces
// match.
func normalizeTeX(tex string) (string, bool) {
	t := &texReader{rest: strings.TrimSpace(tex)}
	out := t.group("")
	return out, !t.bad && t.rest == ""
}

type texReader struct {
	rest string
	bad  bool
}

// next takes one token: a command, a brace, a run of white space, or one
// character.
func (t *texReader) next() string {
	n := 1
	switch c := t.rest[0]; {
	case c == '\\' && len(t.rest) > 1:
		n = 2
		for isLetter(t.rest[1]) && n < len(t.rest) && isLetter(t.rest[n]) {
			n++
		}
	case c == ' ' || c == '\n' || c == '\t':
		for n < len(t.rest) && strings.IndexByte(" \n\t", t.rest[n]) >= 0 {
			n++
		}
	case c >= 0x80:
		for n < len(t.rest) && t.rest[n]&0xc0 == 0x80 {
			n++
		}
	}
	token := t.rest[:n]
	t.rest = t.rest[n:]
	return token
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// group rewrites up to the closing token, which it takes too.
func (t *texReader) group(closing string) string {
	var out strings.Builder
	for t.rest != "" {
		token := t.next()
		if token == closing {
			return out.String()
		}
		switch {
		case token == "}":
			t.bad = true
		case token == "{":
			out.WriteString("{" + t.group("}") + "}")
		case token == `\|`:
			out.WriteString(`\Vert `)
		case token == "'":
			out.WriteString(t.primes())
		case token == `\operatorname`:
			t.rest = strings.TrimPrefix(t.rest, "*")
			out.WriteString(token)
		case token == `\text` || token == `\mathrm` || token == `\label` || token == `\begin` || token == `\end`:
			out.WriteString(token + t.verbatim())
		case texArguments[token] > 0:
			out.WriteString(token)
			if token == `\sqrt` && strings.HasPrefix(t.rest, "[") {
				t.next()
				out.WriteString("[" + t.group("]") + "]")
			}
			for range texArguments[token] {
				out.WriteString("{" + t.argument() + "}")
			}
		default:
			out.WriteString(token)
			if follow := strings.TrimLeft(t.rest, " "); texFunctions[token] && follow != "" && (isLetter(follow[0]) || startsSymbol(follow)) {
				out.WriteString(`\,`)
			}
		}
	}
	t.bad = t.bad || closing != ""
	return out.String()
}

// startsSymbol reports whether a command comes that stands for a symbol, and
// not for a space or a bracket.
func startsSymbol(s string) bool {
	return len(s) > 1 && s[0] == '\\' && isLetter(s[1]) && !strings.HasPrefix(s, `\left`) && !strings.HasPrefix(s, `\big`) && !strings.HasPrefix(s, `\Big`)
}

// argument takes one argument, with braces or without.
func (t *texReader) argument() string {
	t.rest = strings.TrimLeft(t.rest, " \n\t")
	if t.rest == "" {
		t.bad = true
		return ""
	}
	token := t.next()
	if token == "{" {
		return t.group("}")
	}
	if n := texArguments[token]; n > 0 {
		for range n {
			token += "{" + t.argument() + "}"
		}
	}
	return token
}

// verbatim takes a braced argument as it is.
func (t *texReader) verbatim() string {
	end := strings.IndexByte(t.rest, '}')
	if !strings.HasPrefix(t.rest, "{") || end < 0 {
		return ""
	}
	s := t.rest[:end+1]
	t.rest = t.rest[end+1:]
	return s
}

// primes turns the primes behind a symbol, and an exponent after them, into
// one exponent.
func (t *texReader) primes() string {
	exponent := `\prime`
	for strings.HasPrefix(t.rest, "'") {
		t.next()
		exponent += `\prime`
	}
	if strings.HasPrefix(t.rest, "^") {
		t.next()
		exponent += " " + t.argument()
	}
	return "^{" + exponent + "}"
}
