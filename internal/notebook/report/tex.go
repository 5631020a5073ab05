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

// texArguments maps commands whose arguments are often written without braces to their
// number of arguments.
var texArguments = map[string]int{
	`\frac`: 2, `\tfrac`: 2, `\dfrac`: 2, `\binom`: 2, `\sqrt`: 1,
	`\bar`: 1, `\hat`: 1, `\tilde`: 1, `\vec`: 1, `\dot`: 1, `\mathbb`: 1, `\mathbf`: 1, `\mathcal`: 1, `\mathrm`: 1,
}

// texFunctions are names that are typeset upright, separated by a space from a letter
// that follows.
var texFunctions = map[string]bool{
	`\log`: true, `\ln`: true, `\exp`: true, `\det`: true, `\dim`: true, `\ker`: true,
	`\sin`: true, `\cos`: true, `\tan`: true, `\min`: true, `\max`: true,
}

// mathML converts a LaTeX formula to MathML. A formula that cannot be converted is shown
// as its source.
func mathML(tex string, display bool) string {
	if len(tex) <= longestFormula {
		normal, ok := normalizeTeX(tex)
		if ok {
			if out, err := treeblood.TexToMML(normal, texMacros, display, display); err == nil && onlyMathML(out) {
				return tidyMathML(out, tex)
			}
		}
	}
	return `<code class="tex">` + html.EscapeString(tex) + `</code>`
}

const (
	longestFormula = 5000 // bytes of a formula that is converted
	deepestGroup   = 50   // braces within braces in one
)

var anyTag = regexp.MustCompile(`<(/?)([^\s/>]*)([^>]*)>`)

// onlyMathML reports whether the output consists of MathML without errors, and has no
// attribute that does something: a formula cannot bring elements of its own.
func onlyMathML(out string) bool {
	for _, m := range anyTag.FindAllStringSubmatch(out, -1) {
		if !mathElements[m[2]] || strings.Contains(strings.ToLower(m[3]), "on") && eventAttribute.MatchString(m[3]) {
			return false
		}
	}
	return !strings.Contains(anyTag.ReplaceAllString(out, ""), "<")
}

var eventAttribute = regexp.MustCompile(`(?i)\s(on\w+|href|src|xlink:\w+)\s*=`)

var mathElements = map[string]bool{
	"math": true, "semantics": true, "annotation": true, "mrow": true, "mi": true, "mn": true, "mo": true, "ms": true, "mtext": true,
	"mspace": true, "mfrac": true, "msqrt": true, "mroot": true, "mstyle": true, "mpadded": true, "mphantom": true, "menclose": true,
	"msub": true, "msup": true, "msubsup": true, "munder": true, "mover": true, "munderover": true, "mmultiscripts": true, "mprescripts": true,
	"none": true, "mtable": true, "mtr": true, "mtd": true, "mlabeledtr": true, "mfenced": true,
}

var (
	betweenTags = regexp.MustCompile(`>\s+<`)
	annotation  = regexp.MustCompile(`(?s)<annotation.*</annotation>`)
	mathTag     = regexp.MustCompile(`<math [^>]*>`)
)

// tidyOperators makes operators look as in TeX: brackets are as large as the text
// without \left and \right, and there is no space around a slash.
var tidyOperators = strings.NewReplacer(
	`<mo>⟨</mo>`, `<mo form="prefix" stretchy="false">⟨</mo>`,
	`<mo>⟩</mo>`, `<mo form="postfix" stretchy="false">⟩</mo>`,
	`<mo>‖</mo>`, `<mo stretchy="false" lspace="0" rspace="0">‖</mo>`,
	`<mo>/</mo>`, `<mo lspace="0" rspace="0">/</mo>`,
	`strechy=`, `stretchy=`,
)

// tidyMathML removes white space and what the page's style sheet defines, and annotates
// the formula with its original source.
func tidyMathML(out, tex string) string {
	tag := `<math>`
	if strings.Contains(mathTag.FindString(out), `display="block"`) {
		tag = `<math display="block">`
	}
	out = mathTag.ReplaceAllLiteralString(strings.TrimSpace(out), tag)
	out = tidyOperators.Replace(betweenTags.ReplaceAllString(out, "><"))
	return annotation.ReplaceAllLiteralString(out, `<annotation encoding="application/x-tex">`+html.EscapeString(tex)+`</annotation>`)
}

// normalizeTeX rewrites what treeblood misinterprets: arguments without braces, primes,
// double bars, starred operators. It reports whether all braces match.
func normalizeTeX(tex string) (string, bool) {
	t := &texReader{rest: strings.TrimSpace(tex)}
	out := t.group("")
	return out, !t.bad && t.rest == ""
}

type texReader struct {
	rest  string
	bad   bool
	depth int // of groups and arguments
}

// next consumes one token: a command, a brace, white space, or one character.
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

// group consumes and rewrites everything up to and including the closing token.
func (t *texReader) group(closing string) string {
	if t.depth++; t.depth > deepestGroup {
		t.bad, t.rest = true, ""
		return ""
	}
	defer func() { t.depth-- }()
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
			out.WriteString(token + t.verbatim() + t.gap())
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
			if texFunctions[token] {
				out.WriteString(t.gap())
			}
		}
	}
	t.bad = t.bad || closing != ""
	return out.String()
}

// gap returns the space between the name of a function and the symbol that follows it.
// There is none before brackets, indices and exponents.
func (t *texReader) gap() string {
	s := strings.TrimLeft(t.rest, " ")
	switch {
	case s == "":
		return ""
	case isLetter(s[0]):
		return `\,`
	case s[0] != '\\' || len(s) < 2 || !isLetter(s[1]):
		return ""
	case strings.HasPrefix(s, `\left`), strings.HasPrefix(s, `\big`), strings.HasPrefix(s, `\Big`):
		return ""
	}
	return `\,`
}

// argument consumes one argument, with or without braces.
func (t *texReader) argument() string {
	if t.depth++; t.depth > deepestGroup {
		t.bad, t.rest = true, ""
		return ""
	}
	defer func() { t.depth-- }()
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

// verbatim consumes a braced argument without rewriting it.
func (t *texReader) verbatim() string {
	end := strings.IndexByte(t.rest, '}')
	if !strings.HasPrefix(t.rest, "{") || end < 0 {
		return ""
	}
	s := t.rest[:end+1]
	t.rest = t.rest[end+1:]
	return s
}

// primes turns primes that are followed by an index or an exponent, which treeblood
// would attach to the prime, into an exponent.
func (t *texReader) primes() string {
	n := 1
	for ; strings.HasPrefix(t.rest, "'"); n++ {
		t.next()
	}
	if !strings.HasPrefix(t.rest, "^") && !strings.HasPrefix(t.rest, "_") {
		return strings.Repeat("'", n)
	}
	exponent := strings.Repeat(`\prime`, n)
	if strings.HasPrefix(t.rest, "^") {
		t.next()
		exponent += " " + t.argument()
	}
	return "^{" + exponent + "}"
}
