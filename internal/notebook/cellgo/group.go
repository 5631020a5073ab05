package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"go/types"
	"maps"
	"os"
	"slices"
	"strings"
)

// cellsFile is the variable with the path of a file in which a runner that knows them
// beforehand has written the code of all cells of the notebook, as JSON. Their programs
// differ in little else than main: most can be built as one, so that the notebook is
// linked once instead of cell by cell. What a cell does is not affected: its program is
// compared, declaration by declaration, with the one that the kernel has composed, and
// only if it is the same the common one is run, see [group]. Otherwise, or if something
// in it does not compile, the cell is built alone, and mistakes are reported at the cell
// that makes them.
const cellsFile = "PNCLAB_CELLS"

// mainVariable is the variable that tells the program of a group which cell to run.
const mainVariable = "PNCLAB_MAIN"

// group is a program that does what each of several cells does.
type group struct {
	Text    string
	Cells   map[string]int // numbers of the cells by the identity of their own programs
	Program string         // its path; "" if it has not been built
	Failed  bool           // it cannot be built

	packages int
}

// readCells returns the code of all cells of the notebook, nil if nobody knows it.
func readCells() (cells []string) {
	path := os.Getenv(cellsFile)
	if path == "" {
		return nil
	}
	b, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(b, &cells) != nil {
		return nil
	}
	return cells
}

// newFragments takes the code of cells apart. A cell that holds anything but Go and plain
// commands to the kernel is nil.
func newFragments(cells []string) (all []*parts) {
	for i, code := range cells {
		f := newFragment(code)
		if f != nil {
			for _, d := range append(slices.Clone(f.declarations), f.main) {
				if d != nil {
					d.cell = i + 1
				}
			}
		}
		all = append(all, f)
	}
	return all
}

func newFragment(code string) *parts {
	lines := strings.Split(code, "\n")
	inMain := false
	for i, line := range lines {
		switch {
		case line == "%%" || strings.HasPrefix(line, "%% "):
			lines[i], inMain = "func main() { flag.Parse()", true
		case line == "%noautoget" || strings.HasPrefix(line, "!") && !strings.HasSuffix(line, `\`):
			lines[i] = ""
		case strings.HasPrefix(line, "!"), strings.HasPrefix(line, "%"), strings.HasPrefix(line, "package"):
			return nil
		}
	}
	if inMain {
		lines = append(lines, "}")
	}
	text := []byte("package main; " + strings.Join(lines, "\n"))
	s, err := newSource(text)
	if err != nil || len(s.file.Decls) == 0 || !s.plain() {
		return nil
	}
	f, _ := s.takeApart()
	return f
}

// outlook is what the program of a cell will be when the cells before it have run.
type outlook struct {
	cell         int
	imports      map[string]imported // by the name that the code has for them
	declarations map[string]*declaration
	main         *declaration
	uses         map[string]bool // names that it takes from outside
	keys         map[string]bool // names that it may take from outside
	closure      []string        // the packages that it is linked with
}

// outlooks follows what the kernel declares from cell to cell. Cells that would not
// compile, as far as one sees without types, declare nothing.
func outlooks(fragments []*parts, known map[string]*goPackage) (all []*outlook) {
	table, declared := map[string]imported{"flag": {path: "flag"}}, map[string]*declaration{}
	only := newFragment(declarationsMain).main
	for i, f := range fragments {
		if f == nil {
			continue
		}
		o := &outlook{cell: i + 1, imports: maps.Clone(table), declarations: maps.Clone(declared), main: cmp.Or(f.main, only)}
		if !o.take(f, known) {
			continue
		}
		table, declared = o.imports, maps.Clone(o.declarations)
		used := map[string]imported{}
		for name, m := range o.imports {
			if o.uses[name] {
				used[name] = m
			}
		}
		o.imports = used
		o.closure = closure(used, known)
		all = append(all, o)
	}
	return all
}

// declarationsMain is the main that the kernel adds to a cell that only declares things.
const declarationsMain = "func main() { flag.Parse() }"

// take adds what a cell imports and declares, and reports whether every name in the
// program is then known.
func (o *outlook) take(f *parts, known map[string]*goPackage) bool {
	for _, m := range f.imports {
		p := known[m.path]
		if p == nil {
			return false
		}
		o.imports[cmp.Or(m.name, p.Name)] = m
	}
	for _, d := range f.declarations {
		o.declarations[d.key] = d
	}
	names := map[string]bool{}
	o.uses, o.keys = map[string]bool{}, map[string]bool{}
	for _, d := range o.all() {
		for _, n := range d.names {
			names[n] = true
		}
		for _, n := range d.uses {
			o.uses[n] = true
		}
		for _, n := range d.keys {
			o.keys[n] = true
		}
	}
	for n := range o.uses {
		if _, ok := o.imports[n]; !ok && !names[n] && types.Universe.Lookup(n) == nil {
			return false
		}
	}
	return true
}

// all returns main and the declarations.
func (o *outlook) all() []*declaration {
	return append(slices.Collect(maps.Values(o.declarations)), o.main)
}

// parts returns the program in the form in which it can be compared.
func (o *outlook) parts() *parts {
	return &parts{
		imports:      slices.Collect(maps.Values(o.imports)),
		declarations: slices.Collect(maps.Values(o.declarations)), main: o.main,
	}
}

// closure returns the packages that programs with these imports are linked with: what
// happens before main, such as registering a format of images, is the same if they are.
func closure(imports map[string]imported, known map[string]*goPackage) []string {
	seen := map[string]bool{}
	var visit func(path string)
	visit = func(path string) {
		if seen[path] {
			return
		}
		seen[path] = true
		if p := known[path]; p != nil {
			for _, i := range p.Imports {
				visit(i)
			}
		}
	}
	for _, m := range imports {
		visit(m.path)
	}
	return slices.Sorted(maps.Keys(seen))
}

// newGroups returns groups of cells whose programs can be one, that with the most packages
// first: the plan that is made with it covers others.
func newGroups(all []*outlook) (groups []*group) {
	classes := map[string][]*outlook{}
	for _, o := range all {
		key := strings.Join(o.closure, "\n")
		classes[key] = append(classes[key], o)
	}
	for _, class := range classes {
		for begin := 0; begin < len(class); {
			end := begin + 1
			for end < len(class) && fit(class[begin:end+1]) {
				end++
			}
			groups = append(groups, compose(class[begin:end]))
			begin = end
		}
	}
	slices.SortFunc(groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.packages, a.packages), cmp.Compare(len(b.Cells), len(a.Cells)), strings.Compare(a.Text, b.Text))
	})
	return groups
}

// fit reports whether the program of each cell is that of the last one but for main and for
// declarations that have no effect on it.
func fit(cells []*outlook) bool {
	last := cells[len(cells)-1]
	for _, o := range cells {
		for name, m := range o.imports {
			if other, ok := last.imports[name]; ok && other != m {
				return false
			}
		}
		for key, d := range o.declarations {
			if last.declarations[key] != d {
				return false
			}
		}
		for key, d := range last.declarations {
			if o.declarations[key] == nil && !o.ignores(d) {
				return false
			}
		}
	}
	return true
}

// ignores reports whether a declaration that the program does not have makes no difference
// to it: nothing refers to it by its name, no type has a method from it, nothing happens
// when it is there.
func (o *outlook) ignores(d *declaration) bool {
	if !d.quiet || d.owner != "" && o.declarations["type "+d.owner] != nil {
		return false
	}
	return !slices.ContainsFunc(d.names, func(n string) bool { return o.uses[n] || o.keys[n] })
}

// compose returns the program of cells that fit. Functions and variables are in the order
// in which the kernel has them, and everything at its line of its cell, as stack traces say.
func compose(cells []*outlook) *group {
	g := &group{Cells: map[string]int{}, packages: len(cells[0].closure)}
	imports := map[string]imported{}
	for _, o := range cells {
		maps.Copy(imports, o.imports)
		g.Cells[o.parts().identity()] = o.cell
	}
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n\tpnclabOS \"os\"\n")
	for _, name := range slices.Sorted(maps.Keys(imports)) {
		fmt.Fprintf(&b, "\t%s %q\n", imports[name].name, imports[name].path)
	}
	b.WriteString(")\n")
	declarations := slices.SortedFunc(maps.Values(cells[len(cells)-1].declarations), func(a, b *declaration) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), strings.Compare(a.key, b.key))
	})
	for _, d := range declarations {
		fmt.Fprintf(&b, "\n//line cell-%d.go:%d\n%s\n", d.cell, d.line, d.text)
	}
	var cases strings.Builder
	for _, o := range cells {
		name := fmt.Sprintf("pnclabCell%d", o.cell)
		fmt.Fprintf(&b, "\n//line cell-%d.go:%d\nfunc %s%s\n", o.main.cell, max(1, o.main.line), name, strings.TrimPrefix(o.main.text, "func main"))
		fmt.Fprintf(&cases, "\tcase \"%d\":\n\t\t%s()\n", o.cell, name)
	}
	fmt.Fprintf(&b, `
//line cells.go:1
func main() {
	defer pnclabOS.Remove(pnclabOS.Getenv(%q))
	cell := pnclabOS.Getenv(%q)
	pnclabOS.Unsetenv(%[2]q)
	switch cell {
%s	default:
		panic("no cell " + cell)
	}
}
`, runnersFile, mainVariable, cases.String())
	g.Text = b.String()
	return g
}
