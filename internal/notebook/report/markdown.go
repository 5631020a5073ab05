package report

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	markdownhtml "github.com/yuin/goldmark/renderer/html"
)

// prose renders the Markdown of one page; ids of headings are unique on it.
type prose struct {
	markdown goldmark.Markdown
	ids      parser.IDs
}

// newProse returns a renderer for the cells of a notebook, which may contain HTML, as in
// Jupyter.
func newProse() *prose { return proseWith(markdownhtml.WithUnsafe()) }

// newText returns a renderer for texts that appear outside of their notebook's page:
// HTML in them is left out.
func newText() *prose { return proseWith() }

func proseWith(options ...renderer.Option) *prose {
	return &prose{
		markdown: goldmark.New(
			goldmark.WithExtensions(extension.GFM, extension.Typographer),
			goldmark.WithParserOptions(parser.WithAutoHeadingID()),
			goldmark.WithRendererOptions(options...),
		),
		ids: parser.NewContext().IDs(),
	}
}

// longestCell is the length up to which Markdown is rendered. Emphasis takes a time that
// grows with the square of the length if it is nested on purpose.
const longestCell = 50_000

// render converts Markdown with formulas to HTML. What is too long, or breaks the
// renderer, is shown as it is: the fault of one cell is not that of the report.
func (p *prose) render(source string) (out template.HTML) {
	asSource := func() template.HTML { return template.HTML("<pre>" + html.EscapeString(source) + "</pre>") }
	if len(source) > longestCell {
		return asSource()
	}
	defer func() {
		if recover() != nil {
			out = asSource()
		}
	}()
	text, formulas := extractMath(reserved.Replace(source))
	var b bytes.Buffer
	if err := p.markdown.Convert([]byte(text), &b, parser.WithContext(parser.NewContext(parser.WithIDs(p.ids)))); err != nil {
		return asSource()
	}
	return template.HTML(placeholder.ReplaceAllStringFunc(b.String(), func(s string) string {
		m := placeholder.FindStringSubmatch(s)
		i, _ := strconv.Atoi(m[1])
		if m[2] != "" { // punctuation stays on the line of its formula
			return formulas[i].html() + "\u2060" + m[2]
		}
		return formulas[i].html()
	}))
}

// inline converts one paragraph, without its <p> element.
func (p *prose) inline(source string) template.HTML {
	s := strings.TrimSpace(string(p.render(source)))
	s = strings.TrimSuffix(strings.TrimPrefix(s, "<p>"), "</p>")
	return template.HTML(s)
}

// formula is a formula that was taken out of the Markdown, whose rules would
// misinterpret underscores, asterisks and bars.
type formula struct {
	tex     string
	display bool
}

func (f formula) html() string {
	if f.display {
		return `<span class="display">` + mathML(f.tex, true) + `</span>`
	}
	return mathML(f.tex, false)
}

// placeholder matches the replacement of formula number n while the Markdown is
// processed. It uses characters of Unicode's private use area, which do not occur in
// texts.
var placeholder = regexp.MustCompile("\uE000([0-9]+)\uE001([.,;:!?)]?)")

// reserved replaces these characters where they do occur.
var reserved = strings.NewReplacer("\uE000", "\uFFFD", "\uE001", "\uFFFD")

// extractMath replaces $...$ and $$...$$ outside code by placeholders.
func extractMath(source string) (string, []formula) {
	var out strings.Builder
	var formulas []formula
	fence := "" // of the current code block
	for source != "" {
		atLineStart := out.Len() == 0 || strings.HasSuffix(out.String(), "\n")
		if atLineStart {
			line, rest := cutLine(source)
			if mark := fenceOf(line); fence != "" || mark != "" {
				switch {
				case fence == "":
					fence = mark
				case strings.HasPrefix(mark, fence) && strings.Trim(strings.TrimSpace(line), mark[:1]) == "":
					fence = ""
				}
				out.WriteString(line)
				source = rest
				continue
			}
		}
		n, f := scanInline(source)
		if f != nil {
			fmt.Fprintf(&out, "\uE000%d\uE001", len(formulas))
			formulas = append(formulas, *f)
		} else {
			out.WriteString(source[:n])
		}
		source = source[n:]
	}
	return out.String(), formulas
}

// scanInline returns the length of the next piece of text and, if it is a formula, the
// formula.
func scanInline(s string) (int, *formula) {
	switch {
	case s[0] == '\\' && len(s) > 1:
		return 2, nil
	case s[0] == '`':
		run := len(s) - len(strings.TrimLeft(s, "`"))
		for i := run; i < len(s); { // the closing run has the same length
			if s[i] != '`' {
				i++
				continue
			}
			n := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
			if i += n; n == run {
				return i, nil
			}
		}
		return run, nil
	case strings.HasPrefix(s, "$$"):
		if end := strings.Index(s[2:], "$$"); end > 0 {
			return end + 4, &formula{tex: s[2 : 2+end], display: true}
		}
		return 2, nil
	case s[0] == '$':
		if end := closingDollar(s); end > 0 {
			return end + 1, &formula{tex: s[1:end]}
		}
		return 1, nil
	}
	if n := strings.IndexAny(s[1:], "\\`$\n"); n >= 0 {
		if s[1+n] == '\n' {
			n++ // include the end of the line
		}
		return 1 + n, nil
	}
	return len(s), nil
}

// closingDollar finds the end of a formula that begins with the dollar at the start of
// s. There may be no white space next to the dollars inside, no digit after them and
// no empty line between them, so that prices are not formulas.
func closingDollar(s string) int {
	if len(s) < 3 || strings.IndexByte(" \t\n$", s[1]) >= 0 {
		return -1
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == '\n' && strings.HasPrefix(strings.TrimLeft(s[i+1:], " \t"), "\n"):
			return -1
		case s[i] == '$':
			if strings.IndexByte(" \t\n", s[i-1]) >= 0 || i+1 < len(s) && '0' <= s[i+1] && s[i+1] <= '9' {
				return -1
			}
			return i
		}
	}
	return -1
}

// fenceOf returns the characters by which a line opens or closes a code block.
func fenceOf(line string) string {
	trimmed := strings.TrimLeft(line, " ")
	if len(line)-len(trimmed) > 3 || trimmed == "" || trimmed[0] != '`' && trimmed[0] != '~' {
		return ""
	}
	marks := trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, trimmed[:1]))]
	if len(marks) < 3 || marks[0] == '`' && strings.Contains(trimmed[len(marks):], "`") {
		return ""
	}
	return marks
}

func cutLine(s string) (line, rest string) {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return s[:i+1], s[i+1:]
	}
	return s, ""
}
