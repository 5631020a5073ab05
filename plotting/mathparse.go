package plotting

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// node is a character or a group of nodes, with its scripts.
type node struct {
	char       rune // 0 for a group and for the missing base of a script
	italic     bool
	group      []node
	sub, super []node
}

// maxNesting bounds the depth of groups; braces nested deeper are dropped.
const maxNesting = 16

// parseMath parses a line of text. Every string can be parsed: what is incomplete,
// such as a brace that is never closed, ends with the line.
func parseMath(txt string) []node {
	p := mathParser{rest: txt}
	p.dollars = strings.Count(txt, "$") - strings.Count(txt, `\$`)
	var nodes []node
	for p.rest != "" {
		nodes = append(nodes, p.nodes()...)
		p.rest = strings.TrimPrefix(p.rest, "}") // an unmatched one
	}
	return nodes
}

type mathParser struct {
	rest    string
	italic  bool
	dollars int // that are still in rest
	depth   int
}

// nodes parses up to the end of the text or of the group.
func (p *mathParser) nodes() []node {
	var nodes []node
	for p.rest != "" && p.rest[0] != '}' {
		switch c := p.rest[0]; c {
		case '_', '^':
			p.rest = p.rest[1:]
			attach(&nodes, c == '^', p.atom())
		default:
			for _, n := range p.atom() {
				if script, up, ok := unicodeScript(n.char); ok {
					attach(&nodes, up, []node{{char: script, italic: n.italic}})
				} else {
					nodes = append(nodes, n)
				}
			}
		}
	}
	return nodes
}

// attach adds a script to the last node, after the script it may have already.
func attach(nodes *[]node, up bool, script []node) {
	if len(*nodes) == 0 {
		*nodes = append(*nodes, node{})
	}
	last := &(*nodes)[len(*nodes)-1]
	if up {
		last.super = append(last.super, script...)
	} else {
		last.sub = append(last.sub, script...)
	}
}

// atom parses what can be a script: a character, a command or a group.
func (p *mathParser) atom() []node {
	if p.rest == "" {
		return nil
	}
	c, size := utf8.DecodeRuneInString(p.rest)
	p.rest = p.rest[size:]
	switch c {
	case '{':
		return p.braces()
	case '\\':
		return p.command()
	case '$':
		// An unmatched dollar is the character.
		p.dollars--
		if p.italic || p.dollars > 0 {
			p.italic = !p.italic
			return nil
		}
	case '-':
		if p.italic {
			c = '−'
		}
	}
	return []node{p.letter(c)}
}

// letter returns a character in its style: between dollars, Latin and lower-case
// Greek letters are italic, as in print.
func (p *mathParser) letter(c rune) node {
	if c == 0 {
		c = utf8.RuneError // 0 would mean no character
	}
	slanted := unicode.Is(unicode.Latin, c) || unicode.Is(unicode.Greek, c) && unicode.IsLower(c)
	return node{char: c, italic: p.italic && slanted && c != 'ℓ'}
}

func (p *mathParser) braces() []node {
	if p.depth >= maxNesting {
		return nil
	}
	p.depth++
	group := p.nodes()
	p.depth--
	p.rest = strings.TrimPrefix(p.rest, "}")
	if group == nil {
		group = []node{} // an empty group can have scripts, too
	}
	return []node{{group: group}}
}

// command parses what follows a backslash.
func (p *mathParser) command() []node {
	end := strings.IndexFunc(p.rest, func(c rune) bool { return c >= utf8.RuneSelf || !unicode.IsLetter(c) })
	if end < 0 {
		end = len(p.rest)
	}
	if end == 0 { // an escaped character, or nothing
		c, size := utf8.DecodeRuneInString(p.rest)
		if size == 0 {
			return []node{{char: '\\'}}
		}
		p.rest = p.rest[size:]
		if c == ',' || c == ';' {
			c = '\u2009' // thin space
		}
		return []node{p.letter(c)}
	}
	name := p.rest[:end]
	p.rest = p.rest[end:]
	if slices.Contains([]string{"mathrm", "text", "operatorname"}, name) {
		italic := p.italic
		p.italic = false
		upright := p.atom()
		p.italic = italic
		return upright
	}
	if c, ok := symbols[name]; ok {
		return []node{p.letter(c)}
	}
	word := make([]node, 0, len(name))
	for _, c := range name {
		word = append(word, node{char: c})
	}
	named := []node{{group: word}}
	if next, _ := utf8.DecodeRuneInString(p.rest); slices.Contains(functions, name) && (next == '\\' || unicode.IsLetter(next) || unicode.IsDigit(next)) {
		named = append(named, node{char: '\u2009'}) // as in print, before an argument without brackets
	}
	return named
}

// functions are names that stand before an argument.
var functions = []string{"sin", "cos", "tan", "arccos", "arctan", "log", "ln", "exp", "max", "min", "det", "dim", "tr"}
