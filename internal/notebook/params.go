package notebook

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Tags of the cell with a notebook's parameters and of the cell that overrides them,
// which papermill uses too.
const (
	parametersTag = "parameters"
	injectedTag   = "injected-parameters"
)

// Param is a variable that the notebook's parameters cell declares.
type Param struct {
	Name    string
	Type    string // as declared; "" if the declaration has no type
	Default string // Go source
	Comment string // what the cell says about it

	kind string // the type of the default, if the syntax shows it
}

// Params returns the parameters of a notebook in the order of their declarations in
// the cell tagged parameters; none if there is no such cell.
func (nb *Notebook) Params() ([]Param, error) {
	i := nb.tagged(parametersTag)
	if i < 0 {
		return nil, nil
	}
	params, err := parseParams(nb.Cells[i].Source)
	if err != nil {
		return nil, fmt.Errorf("%s: parameters cell: %w", nb.Path, err)
	}
	return params, nil
}

// Inject inserts a cell after the parameters cell that overrides the named parameters,
// as papermill does. Values of strings are plain text, all others Go expressions of
// the declared type. An earlier injection is replaced.
func (nb *Notebook) Inject(values map[string]string) error {
	if len(values) == 0 {
		return nil
	}
	at := nb.tagged(parametersTag)
	if at < 0 {
		name := slices.Min(slices.Collect(maps.Keys(values)))
		return fmt.Errorf("%s: no cell has the tag %q, so that parameter %s cannot be set", nb.Path, parametersTag, name)
	}
	params, err := nb.Params()
	if err != nil {
		return err
	}
	known := make([]string, len(params))
	var source []string
	for i, p := range params {
		known[i] = p.Name
		if v, ok := values[p.Name]; ok {
			decl, err := p.override(v)
			if err != nil {
				return fmt.Errorf("%s: parameter %s: %w", nb.Path, p.Name, err)
			}
			source = append(source, decl)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("%s: no parameter %s; there are: %s", nb.Path, name, strings.Join(known, ", "))
		}
	}
	cell := &Cell{
		Type: Code, Source: strings.Join(source, "\n"),
		Metadata: map[string]any{"tags": []any{injectedTag}},
		rest:     map[string]any{},
	}
	if nb.Cells[at].rest["id"] != nil { // cells have ids from nbformat 4.5 on
		cell.rest["id"] = injectedTag
	}
	if old := nb.tagged(injectedTag); old >= 0 {
		nb.Cells[old] = cell
	} else {
		nb.Cells = slices.Insert(nb.Cells, at+1, cell)
	}
	return nil
}

func (nb *Notebook) tagged(tag string) int {
	return slices.IndexFunc(nb.Cells, func(c *Cell) bool { return c.HasTag(tag) })
}

// parseParams parses the var declarations of a cell.
func parseParams(source string) ([]Param, error) {
	const head = "package p;" // on the first line, so that errors have the cell's line numbers
	var code strings.Builder
	code.WriteString(head)
	for line := range strings.Lines(source) {
		if isCommand(strings.TrimSpace(line)) {
			line = "\n" // keep the line numbers
		}
		code.WriteString(line)
	}
	text := code.String()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("it may hold only declarations: %w", err)
	}
	src := func(n ast.Node) string {
		return text[fset.Position(n.Pos()).Offset:fset.Position(n.End()).Offset]
	}
	var params []Param
	for _, d := range file.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, s := range gen.Specs {
			spec := s.(*ast.ValueSpec)
			if len(spec.Values) != len(spec.Names) {
				continue // no values, or several from one call, which cannot be overridden one by one
			}
			for i, name := range spec.Names {
				p := Param{Name: name.Name, Default: src(spec.Values[i]), Comment: commentOf(gen, spec)}
				p.kind = typeOf(spec.Values[i], src)
				if spec.Type != nil {
					p.Type = src(spec.Type)
				}
				params = append(params, p)
			}
		}
	}
	return params, nil
}

func commentOf(gen *ast.GenDecl, spec *ast.ValueSpec) string {
	for _, c := range []*ast.CommentGroup{spec.Comment, spec.Doc, gen.Doc} {
		if text := strings.Join(strings.Fields(c.Text()), " "); text != "" && (c != gen.Doc || !gen.Lparen.IsValid()) {
			return text
		}
	}
	return ""
}

// typeOf returns the type of an expression if the syntax shows it.
func typeOf(x ast.Expr, src func(ast.Node) string) string {
	switch x := x.(type) {
	case *ast.BasicLit:
		return map[token.Token]string{token.INT: "int", token.FLOAT: "float64", token.STRING: "string", token.CHAR: "rune"}[x.Kind]
	case *ast.Ident:
		if x.Name == "true" || x.Name == "false" {
			return "bool"
		}
	case *ast.CompositeLit:
		if x.Type != nil {
			return src(x.Type)
		}
	case *ast.ParenExpr:
		return typeOf(x.X, src)
	case *ast.UnaryExpr:
		return typeOf(x.X, src)
	case *ast.SelectorExpr: // the units of package time
		if pkg, ok := x.X.(*ast.Ident); ok && pkg.Name == "time" {
			return "time.Duration"
		}
	case *ast.BinaryExpr:
		a, b := typeOf(x.X, src), typeOf(x.Y, src)
		switch {
		case a == b:
			return a
		case a == "time.Duration" || b == "time.Duration":
			return "time.Duration"
		case a == "float64" && b == "int", a == "int" && b == "float64":
			return "float64"
		}
	}
	return ""
}

// override returns a declaration that gives the parameter another value of the same
// type.
func (p Param) override(value string) (string, error) {
	expr := strings.TrimSpace(value)
	kind := p.kind
	if slices.Contains([]string{"bool", "int", "float64", "string"}, p.Type) {
		kind = p.Type
	}
	switch kind {
	case "string":
		expr = strconv.Quote(value)
	case "bool":
		if expr != "true" && expr != "false" {
			return "", fmt.Errorf("%q is not true or false", value)
		}
	case "int":
		if _, err := strconv.ParseInt(expr, 0, strconv.IntSize); errors.Is(err, strconv.ErrRange) {
			return "", fmt.Errorf("%q is too large for an int", value)
		} else if err != nil {
			return "", fmt.Errorf("%q is not a whole number", value)
		}
	case "float64":
		f, err := strconv.ParseFloat(expr, 64)
		if err != nil || f-f != 0 { // NaN and Inf parse, but are not literals
			return "", fmt.Errorf("%q is not a number", value)
		}
	}
	x, err := parser.ParseExpr(expr)
	if err != nil || strings.Contains(expr, "\n") {
		return "", fmt.Errorf("%q is not a Go expression", value)
	}
	declared := p.Type
	if declared == "" && typeOf(x, func(n ast.Node) string { return expr[n.Pos()-1 : n.End()-1] }) != kind {
		declared = kind
	}
	if declared != "" {
		declared = " " + declared
	}
	return fmt.Sprintf("var %s%s = %s", p.Name, declared, expr), nil
}
