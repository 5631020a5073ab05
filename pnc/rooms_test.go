package pnc

import (
	"cmp"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fileGraph returns, for every file of this package on this platform, tests aside,
// the files of it that declare something it names.
func fileGraph(t *testing.T) map[string][]string {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	here, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range here.GoFiles {
		f, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: importer.ForCompiler(fset, "gc", exportData(t))}
	pkg, err := config.Check("pnclab/pnc", fset, files, info)
	if err != nil {
		t.Fatal(err)
	}
	graph := map[string][]string{}
	for ident, object := range info.Uses {
		if object.Pkg() != pkg {
			continue
		}
		from, to := fset.Position(ident.Pos()).Filename, fset.Position(object.Pos()).Filename
		if from != to && !slices.Contains(graph[from], to) {
			graph[from] = append(graph[from], to)
		}
	}
	for _, to := range graph {
		slices.Sort(to)
	}
	return graph
}

// exportData returns a function that opens the export data of a package.
func exportData(t *testing.T) func(path string) (io.ReadCloser, error) {
	t.Helper()
	list, err := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for line := range strings.Lines(string(list)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		files[path] = file
	}
	return func(path string) (io.ReadCloser, error) { return os.Open(files[path]) }
}

// circles returns the strongly connected components with more than one vertex
// (Tarjan 1972).
func circles(graph map[string][]string) [][]string {
	index, low := map[string]int{}, map[string]int{}
	onStack := map[string]bool{}
	var stack []string
	var found [][]string
	var visit func(v string)
	visit = func(v string) {
		index[v], low[v] = len(index)+1, len(index)+1
		stack, onStack[v] = append(stack, v), true
		for _, w := range graph[v] {
			if index[w] == 0 {
				visit(w)
				low[v] = min(low[v], low[w])
			} else if onStack[w] {
				low[v] = min(low[v], index[w])
			}
		}
		if low[v] != index[v] {
			return
		}
		at := slices.Index(stack, v)
		component := slices.Clone(stack[at:])
		stack = stack[:at]
		for _, w := range component {
			onStack[w] = false
		}
		if len(component) > 1 {
			slices.Sort(component)
			found = append(found, component)
		}
	}
	vertices := make([]string, 0, len(graph))
	for v := range graph {
		vertices = append(vertices, v)
	}
	slices.Sort(vertices)
	for _, v := range vertices {
		if index[v] == 0 {
			visit(v)
		}
	}
	slices.SortFunc(found, func(a, b []string) int { return cmp.Compare(len(b), len(a)) })
	return found
}

// TestCircles checks that no more than three files of this package depend on one
// another in a cycle.
func TestCircles(t *testing.T) {
	graph := fileGraph(t)
	if len(graph) < 50 {
		t.Fatalf("only %d files use something from other files", len(graph))
	}
	for _, c := range circles(graph) {
		t.Logf("%d files depend on one another: %s", len(c), strings.Join(c, " "))
		if len(c) > 3 {
			t.Errorf("%d files depend on one another; move helpers to the file about their subject", len(c))
			for _, from := range c {
				var to []string
				for _, w := range graph[from] {
					if slices.Contains(c, w) {
						to = append(to, w)
					}
				}
				t.Logf("  %s → %s", from, strings.Join(to, ", "))
			}
		}
	}
}

// TestImports checks the import rules of ARCHITECTURE.md.
func TestImports(t *testing.T) {
	forbidden := []struct {
		folder string // relative to this package
		prefix []string
		why    string
	}{
		{".", []string{"pnclab/plotting", "pnclab/internal/cli", "pnclab/internal/notebook", "github.com/janpfeifer/gonb"}, "pnc must not depend on its frontends"},
		{"../internal/sweep", []string{"pnclab/internal/cli", "pnclab/internal/notebook", "github.com/spf13/cobra"}, "a sweep must not depend on the commands"},
		{".", []string{"encoding/gob"}, "files that others may have written are read by readers that check what they read"},
		{"internal/gemm", []string{"pnclab/pnc/internal/engine", "pnclab/pnc/internal/samples", "pnclab/pnc/internal/crew"}, "gemm must not depend on networks"},
		{"internal/engine", []string{"pnclab/pnc/internal/neighbors", "pnclab/pnc/internal/umap", "pnclab/pnc/internal/files", "pnclab/pnc/internal/artifact"}, "the engine must not depend on data sets and files"},
	}
	for _, rule := range forbidden {
		err := filepath.WalkDir(rule.folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			for _, spec := range f.Imports {
				name := strings.Trim(spec.Path.Value, `"`)
				for _, p := range rule.prefix {
					if strings.HasPrefix(name, p) {
						t.Errorf("%s imports %s: %s", path, name, rule.why)
					}
				}
				if strings.HasPrefix(path, "internal") && name == "pnclab/pnc" {
					t.Errorf("%s imports pnc, which imports it", path)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestNothingPrints checks that no code of this package or below it writes to
// standard output or standard error.
func TestNothingPrints(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/gen/") || strings.Contains(path, "/emit/") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil || f.Name.Name == "main" { // programs of their own may
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := s.X.(*ast.Ident)
			if !ok {
				return true
			}
			name := x.Name + "." + s.Sel.Name
			if name == "os.Stdout" || name == "os.Stderr" || x.Name == "log" || strings.HasPrefix(name, "fmt.Print") {
				t.Errorf("%s uses %s; send a Notice instead, see Observe", path, name)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
