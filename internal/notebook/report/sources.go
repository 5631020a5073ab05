package report

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"os"
	"path/filepath"
	"strings"
)

// sources says where the exported functions, types, variables and constants of the
// packages that notebooks call are declared.
type sources struct {
	root string            // from the folder of the report to the checkout, or "" if unknown
	at   map[string]string // "pnc.Predict" is at "pnc/law.go:57"
}

// newSources reads the packages pnc and plotting of the checkout in the folder root, for
// a report in the folder dir. Without a checkout nothing is linked.
func newSources(root, dir string) sources {
	s := sources{at: map[string]string{}}
	if root == "" {
		return s
	}
	from, err := filepath.Abs(dir)
	if err != nil {
		return s
	}
	to, err := filepath.Abs(root)
	if err != nil {
		return s
	}
	if s.root, err = filepath.Rel(from, to); err != nil {
		return s
	}
	for _, pkg := range []string{"pnc", "plotting"} {
		entries, _ := os.ReadDir(filepath.Join(root, pkg)) // a folder that is missing declares nothing
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
				s.read(pkg, filepath.Join(root, pkg, e.Name()))
			}
		}
	}
	return s
}

// read adds the declarations of one file; what does not parse is left out.
func (s sources) read(pkg, path string) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return
	}
	add := func(name *ast.Ident) {
		if name.IsExported() {
			s.at[pkg+"."+name.Name] = fmt.Sprintf("%s/%s:%d", pkg, filepath.Base(path), set.Position(name.Pos()).Line)
		}
	}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil {
				add(decl.Name)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					add(spec.Name)
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						add(name)
					}
				}
			}
		}
	}
}

// link returns the start tag of a link to the declaration of a qualified name, or "" if
// it is unknown.
func (s sources) link(name string) string {
	at, ok := s.at[name]
	if !ok {
		return ""
	}
	file, line, _ := strings.Cut(at, ":")
	return fmt.Sprintf(`<a class="source" href="%s#L%s" title="%s">`, html.EscapeString(filepath.ToSlash(filepath.Join(s.root, file))), line, at)
}
