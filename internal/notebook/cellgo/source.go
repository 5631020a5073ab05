package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
)

// source is the code of a cell with everything declared before it, as the kernel
// composes it.
type source struct {
	text    []byte
	hash    string
	files   *token.FileSet
	file    *ast.File
	imports []string
}

func readSource(path string) (*source, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return newSource(b)
}

func newSource(b []byte) (*source, error) {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, "", b, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	s := &source{text: b, hash: hashOf(b), files: files, file: f}
	for _, i := range f.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return nil, err
		}
		s.imports = append(s.imports, path)
	}
	return s, nil
}

// plain reports whether the compiler's arguments do not depend on the code: there are no
// directives, and no imports for which the go command has rules of its own.
func (s *source) plain() bool {
	for _, group := range s.file.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "//go:") || strings.HasPrefix(c.Text, "//line") || strings.HasPrefix(c.Text, "/*line") {
				return false
			}
		}
	}
	for _, path := range s.imports {
		if path == "C" || path == "unsafe" || strings.HasPrefix(path, ".") {
			return false
		}
		for _, element := range strings.Split(path, "/") {
			if element == "internal" || element == "vendor" {
				return false
			}
		}
	}
	return true
}

// packages returns the paths of imports by the names that the code has for them.
func (s *source) packages() map[string]string {
	packages := map[string]string{}
	for i, spec := range s.file.Imports {
		name := s.imports[i][strings.LastIndex(s.imports[i], "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		packages[name] = s.imports[i]
	}
	return packages
}

// declares reports whether running the program would have no effect: main only parses
// flags, there is no init, and no variable has an initial value that takes a call, but for
// those of [quietCalls], or can panic.
func (s *source) declares() bool {
	packages := s.packages()
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.Name == "init" || d.Recv == nil && d.Name.Name == "main" && !parsesFlags(d.Body) {
				return false
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				v, ok := spec.(*ast.ValueSpec)
				if !ok || d.Tok != token.VAR {
					continue
				}
				for _, value := range v.Values {
					if !harmless(value, packages) {
						return false
					}
				}
			}
		}
	}
	return true
}

// removing returns the code, in the same lines, with a main that at its end removes the file
// that an environment variable names, and whether there is a main.
func (s *source) removing(variable string) (text []byte, ok bool) {
	const pkg = "pnclabOS"
	for _, d := range s.file.Decls {
		f, isFunc := d.(*ast.FuncDecl)
		if !isFunc || f.Recv != nil || f.Name.Name != "main" || f.Body == nil {
			continue
		}
		at, body := s.files.Position(s.file.Name.End()).Offset, s.files.Position(f.Body.Lbrace).Offset+1
		text = append(text, s.text[:at]...)
		text = fmt.Appendf(text, "; import %s \"os\"", pkg)
		text = append(text, s.text[at:body]...)
		text = fmt.Appendf(text, " defer %[1]s.Remove(%[1]s.Getenv(%[2]q));", pkg, variable)
		return append(text, s.text[body:]...), true
	}
	return nil, false
}

// parsesFlags reports whether the body is that of the main that the kernel adds to
// declarations.
func parsesFlags(body *ast.BlockStmt) bool {
	if body == nil || len(body.List) != 1 {
		return false
	}
	statement, ok := body.List[0].(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := statement.X.(*ast.CallExpr)
	if !ok || len(call.Args) > 0 {
		return false
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := f.X.(*ast.Ident)
	return ok && pkg.Name == "flag" && f.Sel.Name == "Parse"
}

// quietCalls are calls whose only effect is their result.
var quietCalls = map[string]bool{
	"context.Background": true, "os/signal.NotifyContext": true,
	"sync.OnceFunc": true, "sync.OnceValue": true, "sync.OnceValues": true,
}

// harmless reports whether evaluating the expression has no effect and cannot panic.
// packages are the paths of imports by name.
func harmless(e ast.Expr, packages map[string]string) bool {
	all := func(list []ast.Expr) bool {
		return !slices.ContainsFunc(list, func(e ast.Expr) bool { return !harmless(e, packages) })
	}
	switch e := e.(type) {
	case nil, *ast.BasicLit, *ast.Ident, *ast.FuncLit:
		return true
	case *ast.ParenExpr:
		return harmless(e.X, packages)
	case *ast.SelectorExpr: // of a package, not a field behind a pointer
		return pathOf(e, packages) != ""
	case *ast.CallExpr:
		called, ok := e.Fun.(*ast.SelectorExpr)
		if !ok || !quietCalls[pathOf(called, packages)+"."+called.Sel.Name] || !all(e.Args) {
			return false
		}
		if called.Sel.Name == "NotifyContext" { // nil in place of a context is a panic
			_, ok = e.Args[0].(*ast.CallExpr)
		}
		return ok
	case *ast.UnaryExpr:
		return e.Op != token.ARROW && harmless(e.X, packages)
	case *ast.BinaryExpr:
		switch e.Op {
		case token.QUO, token.REM, token.SHL, token.SHR:
			return false
		case token.EQL, token.NEQ: // can panic for interfaces that hold the same type
			if !isLiteral(e.X) && !isLiteral(e.Y) {
				return false
			}
		}
		return harmless(e.X, packages) && harmless(e.Y, packages)
	case *ast.KeyValueExpr:
		return harmless(e.Key, packages) && harmless(e.Value, packages)
	case *ast.IndexExpr: // of a map written down there
		m, ok := e.X.(*ast.CompositeLit)
		return ok && isMap(m) && harmless(m, packages) && harmless(e.Index, packages)
	case *ast.CompositeLit:
		if _, ok := e.Type.(*ast.MapType); ok && !isMap(e) {
			return false // a key may panic
		}
		return all(e.Elts)
	}
	return false
}

// pathOf returns the path of the package of which a selector names something, "" if it does
// not.
func pathOf(e *ast.SelectorExpr, packages map[string]string) string {
	pkg, ok := e.X.(*ast.Ident)
	if !ok || pkg.Obj != nil {
		return ""
	}
	return packages[pkg.Name]
}

func isLiteral(e ast.Expr) bool {
	_, ok := e.(*ast.BasicLit)
	return ok
}

// isMap reports whether an expression is a map whose keys are of a type of which every value
// can be a key.
func isMap(e *ast.CompositeLit) bool {
	m, ok := e.Type.(*ast.MapType)
	if !ok {
		return false
	}
	key, ok := m.Key.(*ast.Ident)
	return ok && key.Obj == nil && slices.Contains([]string{"bool", "int", "string"}, key.Name)
}
