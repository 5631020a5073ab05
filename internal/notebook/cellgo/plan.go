package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// planDir is the folder for the plan beside main.go. The go command ignores names that
// begin with a dot.
const planDir = ".cell"

// plan is how the go command built a cell.
type plan struct {
	Key           string   // of everything that the commands depend on but the cell itself
	Work          string   // the folder that they call $WORK
	Compile, Link string   // for the shell
	Packages      []string // that a cell can import
	Built         string   // the code and the program that is there, see [cell.built]
	NeedsC        bool     // a package has a part in C that cannot be left out
	Groups        []*group // of cells of which one program can be made

	// Inputs are the folders and files, outside of the module cache and the standard
	// library, from which packages are compiled.
	Folders, Files []string
	Module         []string // files that say which packages these are
}

func readPlan() *plan {
	b, err := os.ReadFile(filepath.Join(planDir, "plan.json"))
	if err != nil {
		return nil
	}
	p := new(plan)
	if json.Unmarshal(b, p) != nil {
		return nil
	}
	return p
}

func (p *plan) write() error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(planDir, "plan.json"), b, 0o600)
}

func (p *plan) program() string { return filepath.Join(p.Work, "b001", "exe", "a.out") }

// current reports whether nothing has changed on which the plan depends.
func (p *plan) current(c *cell) bool {
	key, err := p.key(c)
	return err == nil && key == p.Key
}

// covers reports whether the plan has all packages that the cell imports.
func (p *plan) covers(c *cell) bool {
	return !slices.ContainsFunc(c.source.imports, func(path string) bool {
		_, ok := slices.BinarySearch(p.Packages, path)
		return !ok
	})
}

// goPackage is a package as the go command describes it.
type goPackage struct {
	Dir        string
	ImportPath string
	Name       string
	Imports    []string
	EmbedFiles []string
	CgoFiles   []string
	Standard   bool
	Module     *struct{ GoMod string }
}

// findInputs asks the go command for the packages that the cell is made of, and for others
// with those that they import. It returns all of them by path.
func (p *plan) findInputs(c *cell, others []string) (map[string]*goPackage, error) {
	out, err := exec.Command(c.goCommand, "env", "GOMODCACHE", "GOENV", "GOWORK").Output()
	if err != nil {
		return nil, err
	}
	env := strings.Split(string(out), "\n")
	if len(env) < 3 {
		return nil, errors.New("go env says too little")
	}
	cache := env[0]
	p.Module = []string{c.goCommand, env[1], env[2], "go.mod", "go.sum"}

	args := append([]string{"list", "-deps", "-json=Dir,ImportPath,Name,Imports,EmbedFiles,CgoFiles,Standard,Module", "."}, others...)
	if c.args[1] == "-tags="+cellTag {
		args = tagged(args)
	}
	list := exec.Command(c.goCommand, args...)
	pipe, err := list.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := list.Start(); err != nil {
		return nil, err
	}
	all := map[string]*goPackage{}
	for d := json.NewDecoder(pipe); ; {
		pkg := new(goPackage)
		if err := d.Decode(pkg); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		all[pkg.ImportPath] = pkg
		if len(pkg.CgoFiles) > 0 && (!pkg.Standard || pkg.ImportPath == "plugin") {
			p.NeedsC = true
		}
		if pkg.Standard || sameFile(pkg.Dir, c.dir) || strings.HasPrefix(pkg.Dir, cache+string(filepath.Separator)) {
			continue
		}
		p.Folders = append(p.Folders, pkg.Dir)
		for _, f := range pkg.EmbedFiles {
			path := filepath.Join(pkg.Dir, f)
			p.Files = append(p.Files, path)
			for dir := filepath.Dir(path); len(dir) > len(pkg.Dir); dir = filepath.Dir(dir) {
				p.Folders = append(p.Folders, dir) // where a new file could be embedded too
			}
		}
		if pkg.Module != nil && pkg.Module.GoMod != "" {
			p.Module = append(p.Module, pkg.Module.GoMod, strings.TrimSuffix(pkg.Module.GoMod, ".mod")+".sum")
		}
	}
	if err := list.Wait(); err != nil {
		return nil, err
	}
	for _, list := range []*[]string{&p.Folders, &p.Files, &p.Module} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return all, nil
}

// key returns a hash of the arguments, the environment of the go command, and the names
// and contents of all inputs. Packages in the module cache are known by go.mod and
// go.sum, those of the standard library by the go command.
func (p *plan) key(c *cell) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", c.args)
	for _, kv := range os.Environ() {
		if strings.HasPrefix(kv, "GOMAXPROCS=") { // changes while a notebook runs, but nothing that is built
			continue
		}
		if (strings.HasPrefix(kv, "GO") || strings.HasPrefix(kv, "CGO_")) && !strings.HasPrefix(kv, "GONB_") {
			fmt.Fprintf(h, "%q\n", kv)
		}
	}
	seen := map[string]bool{}
	content := func(path string) error {
		if seen[path] {
			return nil
		}
		seen[path] = true
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		fmt.Fprintf(h, "%q\n", path)
		_, err = io.Copy(h, f)
		return err
	}
	for _, path := range p.Module {
		info, err := os.Stat(path)
		switch {
		case err != nil: // no workspace, no settings, no sums
			fmt.Fprintf(h, "no %q\n", path)
		case path == c.goCommand:
			fmt.Fprintf(h, "%q %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		default:
			if err := content(path); err != nil {
				return "", err
			}
		}
	}
	for _, dir := range p.Folders {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return "", err
		}
		for _, e := range entries {
			fmt.Fprintf(h, "%q\n", e.Name())
			if e.IsDir() || strings.HasSuffix(e.Name(), "_test.go") {
				continue
			}
			if err := content(filepath.Join(dir, e.Name())); err != nil {
				return "", err
			}
		}
	}
	for _, path := range p.Files {
		if err := content(path); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

var (
	workLine    = regexp.MustCompile(`(?m)^WORK=(.+)$`)
	compileLine = regexp.MustCompile(`(?m)^\S*[/\\]compile(?:\.exe)? -o "?\$WORK/b001/_pkg_\.a"? .* -p main .*[/\\]main\.go"?$`)
	linkLine    = regexp.MustCompile(`(?m)^(?:GOROOT='[^']*' )?\S*[/\\]link(?:\.exe)? -o "?\$WORK/b001/exe/a\.out"? .*$`)
	importcfg   = regexp.MustCompile(` -importcfg "?\$WORK/b001/importcfg"? `)
	packageLine = regexp.MustCompile(`(?m)^packagefile ([^=]+)=(.*)$`)
	buildID     = regexp.MustCompile(` -buildid[ =]\S+`)
)

// parse takes the commands from what "go build -x -work" has printed. It reports whether
// they were found.
func (p *plan) parse(log string) bool {
	work, compile, link := workLine.FindStringSubmatch(log), compileLine.FindString(log), linkLine.FindString(log)
	if work == nil || compile == "" || link == "" {
		return false
	}
	p.Work = work[1]
	b, err := os.ReadFile(filepath.Join(p.Work, "b001", "importcfg.link"))
	if err != nil {
		return false
	}
	packages := filepath.Join(p.Work, "packages") // importcfg names only those that this cell imports
	var cfg strings.Builder
	for _, m := range packageLine.FindAllStringSubmatch(string(b), -1) {
		if strings.HasPrefix(m[2], p.Work) && !strings.HasSuffix(m[2], filepath.Join("b001", "_pkg_.a")) {
			return false // compiled just now: the next time it is in the cache
		}
		fmt.Fprintln(&cfg, m[0])
		p.Packages = append(p.Packages, m[1])
	}
	if os.WriteFile(packages, []byte(cfg.String()), 0o600) != nil || len(p.Packages) == 0 {
		return false
	}
	slices.Sort(p.Packages)
	// The ID in a program tells the go command what it was made from: that is no longer
	// true of the next one.
	at := importcfg.FindStringIndex(compile)
	if at == nil {
		return false
	}
	p.Compile = buildID.ReplaceAllString(compile[:at[0]]+" -importcfg "+quote(packages)+" "+compile[at[1]:], " -buildid=cell")
	p.Link = buildID.ReplaceAllString(link, " -buildid=cell")
	return true
}
