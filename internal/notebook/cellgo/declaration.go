package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/scanner"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// parts are code taken apart into what is declared at its top level.
type parts struct {
	imports      []imported
	declarations []*declaration // without main
	main         *declaration   // nil if there is none
}

// imported is an import. Its name is empty where the code gives none.
type imported struct{ name, path string }

// declaration is a function, a method, a type, a constant, a variable, or several
// variables that one call initialises.
type declaration struct {
	kind   token.Token // FUNC, TYPE, CONST or VAR
	key    string      // what a later declaration has that takes the place of this one
	names  []string    // that the package has from it: those of methods are their types'
	owner  string      // the type of a method
	text   string      // as it is in the code
	tokens string      // the text without layout and comments
	uses   []string    // names that it does not declare itself
	keys   []string    // names in composite literals that may be those of fields, or others
	quiet  bool        // nothing happens when the program starts

	cell, line int // where it begins
}

// takeApart returns the parts of code that has been parsed. It reports false for code
// whose parts cannot be told apart by their names, or have an effect besides them: init,
// imports without a name, constants that count.
func (s *source) takeApart() (*parts, bool) {
	p := &parts{}
	for i, spec := range s.file.Imports {
		m := imported{path: s.imports[i]}
		if spec.Name != nil {
			m.name = spec.Name.Name
		}
		if m.name == "." || m.name == "_" {
			return nil, false
		}
		p.imports = append(p.imports, m)
	}
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			f, ok := s.function(d)
			if !ok {
				return nil, false
			}
			if f.key == "func main" {
				p.main = f
				continue
			}
			p.declarations = append(p.declarations, f)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					t := s.declare(token.TYPE, spec, spec.Name)
					t.set("type " + s.textOf(spec))
					p.declarations = append(p.declarations, t)
				case *ast.ValueSpec:
					values, ok := s.values(d.Tok, spec)
					if !ok {
						return nil, false
					}
					p.declarations = append(p.declarations, values...)
				}
			}
		default:
			return nil, false
		}
	}
	return p, true
}

// function returns the declaration of a function or a method.
func (s *source) function(d *ast.FuncDecl) (*declaration, bool) {
	f := s.declare(token.FUNC, d, d.Name)
	f.set(s.textOf(d))
	name := d.Name.Name
	if d.Recv == nil {
		return f, name != "init" && !strings.HasPrefix(name, "init_") && d.Body != nil && !slices.Contains(f.uses, "main")
	}
	receiver := d.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	owner, ok := receiver.(*ast.Ident)
	if !ok || d.Body == nil {
		return nil, false // a generic type: the kernel takes all such methods for those of one
	}
	f.owner, f.names, f.key = owner.Name, nil, "method "+owner.Name+"."+name
	return f, true
}

// values returns the declarations of constants or variables, one for each but for those
// that one call initialises.
func (s *source) values(kind token.Token, spec *ast.ValueSpec) (all []*declaration, ok bool) {
	typ := ""
	if spec.Type != nil {
		typ = " " + s.textOf(spec.Type)
	}
	tuple := len(spec.Names) > 1 && len(spec.Values) == 1
	switch {
	case spec.Names[0].Name == "_", kind == token.CONST && len(spec.Values) != len(spec.Names):
		return nil, false
	case tuple:
		var names []string
		for _, n := range spec.Names {
			names = append(names, n.Name)
		}
		d := s.declare(kind, spec, spec.Names...)
		d.set(kind.String() + " " + strings.Join(names, ", ") + typ + " = " + s.textOf(spec.Values[0]))
		d.quiet = harmless(spec.Values[0], s.packages())
		return []*declaration{d}, true
	}
	for i, n := range spec.Names {
		if n.Name == "_" {
			return nil, false
		}
		d := s.declare(kind, spec, n)
		text := kind.String() + " " + n.Name + typ
		if i < len(spec.Values) {
			text += " = " + s.textOf(spec.Values[i])
			d.quiet = kind == token.CONST || harmless(spec.Values[i], s.packages())
		}
		d.set(text)
		if kind == token.CONST && slices.Contains(d.uses, "iota") {
			return nil, false
		}
		all = append(all, d)
	}
	return all, true
}

// declare returns the declaration of names by a node.
func (s *source) declare(kind token.Token, node ast.Node, names ...*ast.Ident) *declaration {
	d := &declaration{kind: kind, quiet: true, line: s.files.Position(node.Pos()).Line}
	for _, n := range names {
		d.names = append(d.names, n.Name)
	}
	d.key = kind.String() + " " + d.names[0]
	for _, use := range s.file.Unresolved {
		if node.Pos() <= use.Pos() && use.Pos() < node.End() {
			d.uses = append(d.uses, use.Name)
		}
	}
	ast.Inspect(node, func(n ast.Node) bool {
		if kv, ok := n.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && key.Obj == nil {
				d.keys = append(d.keys, key.Name)
			}
		}
		return true
	})
	return d
}

func (d *declaration) set(text string) { d.text, d.tokens = text, tokensOf(text) }

// textOf returns the text of a node.
func (s *source) textOf(n ast.Node) string {
	return string(s.text[s.files.Position(n.Pos()).Offset:s.files.Position(n.End()).Offset])
}

// tokensOf returns code without its layout and comments.
func tokensOf(code string) string {
	var sc scanner.Scanner
	sc.Init(token.NewFileSet().AddFile("", -1, len(code)), []byte(code), nil, 0)
	var b strings.Builder
	ended := false // a statement, by a semicolon or a line's end: the last one of a block need not be
	for {
		_, tok, lit := sc.Scan()
		if tok == token.EOF {
			return b.String()
		}
		if tok == token.SEMICOLON {
			ended = true
			continue
		}
		if ended && tok != token.RPAREN && tok != token.RBRACE {
			b.WriteString("; ")
		}
		ended = false
		b.WriteString(cmp.Or(lit, tok.String()))
		b.WriteByte(' ')
	}
}

// identity returns a name that two programs have in common only if they are the same but
// for layout, comments and the order of declarations.
func (p *parts) identity() string {
	var all []string
	for _, m := range p.imports {
		all = append(all, "import "+m.name+" "+strconv.Quote(m.path))
	}
	for _, d := range p.declarations {
		all = append(all, d.tokens)
	}
	slices.Sort(all)
	if p.main != nil {
		all = append(all, p.main.tokens)
	}
	return hashOf(fmt.Appendf(nil, "%q", all))
}
