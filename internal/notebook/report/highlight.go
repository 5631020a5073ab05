package report

import (
	"cmp"
	"go/scanner"
	"go/token"
	"html"
	"html/template"
	"slices"
	"strings"
)

// span is a part of the source text with a class for its style.
type span struct {
	start, end int
	class      string
	link       string // the start tag of a link, instead of a class
}

// highlight marks up Go source with the classes k for keywords, s for strings, c for
// comments, n for numbers and m for commands to the kernel, and links the names of pnc
// and plotting to their declarations.
func highlight(source string, declared sources) template.HTML {
	code, spans := commandLines(source)
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(code))
	var s scanner.Scanner
	s.Init(file, []byte(code), func(token.Position, string) {}, scanner.ScanComments)
	var before [2]string // the last two tokens: a package and a dot
	for {
		pos, tok, text := s.Scan()
		if tok == token.EOF {
			break
		}
		class := ""
		switch {
		case tok.IsKeyword():
			class = "k"
		case tok == token.STRING || tok == token.CHAR:
			class = "s"
		case tok == token.COMMENT:
			class = "c"
		case tok == token.INT || tok == token.FLOAT || tok == token.IMAG:
			class = "n"
		}
		start, link := file.Offset(pos), ""
		if tok == token.IDENT && before[1] == "." {
			link = declared.link(before[0] + "." + text)
		}
		if class != "" || link != "" {
			spans = append(spans, span{start, min(start+len(text), len(source)), class, link})
		}
		if before = [2]string{before[1], text}; tok == token.PERIOD {
			before[1] = "."
		}
	}
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	var out strings.Builder
	at := 0
	for _, s := range spans {
		if s.start < at {
			continue // a command inside a comment or a string
		}
		out.WriteString(html.EscapeString(source[at:s.start]))
		if text := html.EscapeString(source[s.start:s.end]); s.link != "" {
			out.WriteString(s.link + text + `</a>`)
		} else {
			out.WriteString(`<span class="` + s.class + `">` + text + `</span>`)
		}
		at = s.end
	}
	out.WriteString(html.EscapeString(source[at:]))
	return template.HTML(out.String())
}

// commandLines finds the lines that are commands to GoNB and replaces them by blanks.
func commandLines(source string) (code string, spans []span) {
	b := []byte(source)
	offset := 0
	for line := range strings.Lines(source) {
		if strings.HasPrefix(line, "%") || strings.HasPrefix(line, "!") {
			end := offset + len(strings.TrimSuffix(line, "\n"))
			spans = append(spans, span{start: offset, end: end, class: "m"})
			for i := offset; i < end; i++ {
				b[i] = ' '
			}
		}
		offset += len(line)
	}
	return string(b), spans
}

// isSetup reports whether code is only preparation: commands to the kernel, imports,
// and in addition to imports at most one declaration of one line.
func isSetup(source string) bool {
	if strings.HasPrefix(strings.TrimSpace(source), "%%") {
		return false
	}
	code, _ := commandLines(source)
	inBlock, imports, others := false, false, 0
	for line := range strings.Lines(code) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "//"):
		case inBlock:
			inBlock = line != ")"
		case strings.HasPrefix(line, "import"):
			inBlock, imports = strings.HasSuffix(line, "("), true
		default:
			others++
		}
	}
	return others == 0 || imports && others == 1 && !strings.Contains(source, "%%")
}
