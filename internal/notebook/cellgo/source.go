package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
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
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, path, b, parser.ParseComments)
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

// declares reports whether running the program would have no effect: main only parses
// flags, there is no init, and no variable has an initial value that takes a call or can
// panic.
func (s *source) declares() bool {
	packages := map[string]bool{}
	for i, spec := range s.file.Imports {
		name := s.imports[i][strings.LastIndex(s.imports[i], "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		packages[name] = true
	}
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

// harmless reports whether evaluating the expression has no effect and cannot panic.
func harmless(e ast.Expr, packages map[string]bool) bool {
	switch e := e.(type) {
	case nil, *ast.BasicLit, *ast.Ident, *ast.FuncLit:
		return true
	case *ast.ParenExpr:
		return harmless(e.X, packages)
	case *ast.SelectorExpr: // of a package, not a field behind a pointer
		pkg, ok := e.X.(*ast.Ident)
		return ok && packages[pkg.Name]
	case *ast.UnaryExpr:
		return e.Op != token.ARROW && harmless(e.X, packages)
	case *ast.BinaryExpr:
		switch e.Op {
		case token.QUO, token.REM, token.SHL, token.SHR, token.EQL, token.NEQ: // == can panic for interfaces
			return false
		}
		return harmless(e.X, packages) && harmless(e.Y, packages)
	case *ast.KeyValueExpr:
		return harmless(e.Key, packages) && harmless(e.Value, packages)
	case *ast.CompositeLit:
		if _, ok := e.Type.(*ast.MapType); ok {
			return false // a key may panic
		}
		for _, element := range e.Elts {
			if !harmless(element, packages) {
				return false
			}
		}
		return true
	}
	return false
}
