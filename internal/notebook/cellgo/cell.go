package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// cell is the program of a cell, which is to be built.
type cell struct {
	goCommand string
	dir       string   // holds main.go and nothing else that is compiled
	out       string   // the program
	args, env []string // of the go command
	source    *source  // nil if it cannot be parsed
}

// newCell reports whether the arguments are those with which the kernel builds a cell, and
// returns it with those with which it is built.
func newCell(goCommand string, args []string) (*cell, bool) {
	if len(args) < 3 || args[0] != "build" || args[1] != "-o" {
		return nil, false
	}
	dir, err := os.Getwd()
	if err != nil || !sameFile(dir, filepath.Dir(args[2])) {
		return nil, false
	}
	if files, err := filepath.Glob("*.go"); err != nil || len(files) != 1 || files[0] != "main.go" {
		return nil, false
	}
	c := &cell{goCommand: goCommand, dir: dir, out: args[2], args: tagged(args), env: os.Environ()}
	if src, err := readSource("main.go"); err == nil {
		c.source = src
	}
	return c, true
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// build builds the program and returns the exit status.
func (c *cell) build() int {
	if c.source != nil && c.source.plain() {
		switch p := readPlan(); {
		case p == nil || !p.current(c):
			if c.first() {
				return 0
			}
		case p.covers(c):
			c.leaveOutC(p)
			if c.follow(p) {
				return 0
			}
		case len(p.Groups) == 0: // a new plan has more packages
			if c.first() {
				return 0
			}
		}
	}
	os.Remove(c.out) // the go command overwrites only what it has made itself
	if status := run(c.goCommand, c.args, c.env); status != 0 {
		return status
	}
	if err := c.wrap(c.out, false); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// first builds the program with the go command and makes a plan for the next ones.
func (c *cell) first() bool {
	os.Remove(c.out)
	os.RemoveAll(planDir)
	if err := os.MkdirAll(planDir, 0o700); err != nil {
		return false
	}
	p, err := c.newPlan()
	if err != nil {
		return false
	}
	c.leaveOutC(p)
	before, err := p.key(c)
	if err != nil {
		return false
	}
	var log bytes.Buffer
	build := func() bool {
		log.Reset()
		cmd := exec.Command(c.goCommand, append([]string{"build", "-x", "-work"}, c.args[1:]...)...)
		cmd.Env = append(slices.Clip(c.env), "GOTMPDIR="+filepath.Join(c.dir, planDir))
		cmd.Stderr = &log
		return cmd.Run() == nil
	}
	grouped := false
	if len(p.Groups) > 0 {
		// A program that it has built before, the go command does not build again.
		text := fmt.Appendf(nil, "%s\n// %d\n", p.Groups[0].Text, time.Now().UnixNano())
		grouped = c.instead(text, build) && c.keep(p.Groups[0], c.out) == nil
	}
	if !grouped {
		p.Groups = nil
		watched, ok := c.watched(build)
		if !ok || c.wrap(c.out, watched) != nil {
			return false
		}
	}
	if p.Key, err = p.key(c); err == nil && p.Key == before && p.parse(log.String()) {
		p.Built = c.built()
		p.write()
	} else {
		os.RemoveAll(planDir) // the next cell is built like this one
		return !grouped
	}
	return !grouped || c.follow(p)
}

// newPlan returns a plan with the packages that the cell is made of, or all cells, where
// these are known, and with groups of them.
func (c *cell) newPlan() (*plan, error) {
	fragments := newFragments(readCells())
	paths := map[string]bool{"flag": true, "os": true}
	for _, f := range fragments {
		if f != nil {
			for _, m := range f.imports {
				paths[m.path] = true
			}
		}
	}
	if len(fragments) > 0 {
		p := new(plan)
		if known, err := p.findInputs(c, slices.Sorted(maps.Keys(paths))); err == nil {
			p.Groups = newGroups(outlooks(fragments, known))
			return p, nil
		} // a cell imports what there is not, and says so when it runs
	}
	p := new(plan)
	_, err := p.findInputs(c, nil)
	return p, err
}

// leaveOutC builds the cell without C, if the plan says that it can be.
func (c *cell) leaveOutC(p *plan) {
	if !p.NeedsC {
		c.env = withoutC(c.env, c.args)
	}
}

// built identifies the code together with the program that is there.
func (c *cell) built() string {
	info, err := os.Stat(c.out)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s %d %d", c.source.hash, info.Size(), info.ModTime().UnixNano())
}

// follow builds the program according to the plan.
func (c *cell) follow(p *plan) bool {
	if b := c.built(); b != "" && b == p.Built {
		return true // the cell is run again
	}
	os.Remove(c.out)
	if done, ok := c.inGroup(p); done {
		return ok
	}
	if c.source.declares() {
		return c.shell(p, p.Compile) && c.writeNothing() == nil
	}
	watched, ok := c.watched(func() bool { return c.shell(p, p.Compile+" && "+p.Link) })
	if !ok || c.wrap(p.program(), watched) != nil {
		return false
	}
	p.Built = c.built()
	p.write()
	return true
}

// inGroup makes the program of a group that of the cell, if the cell is in one. It reports
// false for done if it is not, or if the group's program cannot be built: then the cell is
// built alone.
func (c *cell) inGroup(p *plan) (done, ok bool) {
	own, ok := c.source.takeApart()
	if !ok {
		return false, false
	}
	id := own.identity()
	i := slices.IndexFunc(p.Groups, func(g *group) bool { return g.Cells[id] != 0 })
	if i < 0 || p.Groups[i].Failed {
		return false, false
	}
	g, declares := p.Groups[i], c.source.declares()
	if g.Program == "" {
		if declares {
			return false, false
		}
		g.Failed = !c.instead([]byte(g.Text), func() bool { return c.shell(p, p.Compile+" && "+p.Link) }) || c.keep(g, p.program()) != nil
		p.write()
		if g.Failed {
			return false, false
		}
	}
	if declares { // the group's program holds it, so that it has been compiled
		return true, c.writeNothing() == nil
	}
	return true, c.script(g.Program, true, fmt.Sprintf("%[1]s=%[2]d\nexport %[1]s\n", mainVariable, g.Cells[id])) == nil
}

// keep moves the program of a group to where it remains.
func (c *cell) keep(g *group, path string) error {
	to := fmt.Sprintf("%s.cells-%s", c.out, hashOf([]byte(g.Text))[:8])
	err := os.Rename(path, to)
	if err == nil {
		g.Program = to
	}
	return err
}

// wrap makes the program at path that of the cell.
func (c *cell) wrap(path string, watched bool) error {
	program := c.out + ".cell"
	if err := os.Rename(path, program); err != nil {
		return err
	}
	return c.script(program, watched, "")
}

// script makes a program that of the cell: a script that starts it, after some commands,
// without input, of which there is none, while the kernel would keep it
// waiting for some. If the runner of notebooks wants to know, the script says that the
// program has begun, and one that is watched that it has come to the end of main; see
// runnersFile.
func (c *cell) script(program string, watched bool, prepare string) error {
	begin := ""
	if watched {
		begin = fmt.Sprintf(": >\"$%s\"; ", runnersFile)
	}
	// BASH_ENV is for the kernel's shell, not for that of a cell.
	script := fmt.Sprintf("#!/bin/sh\nif [ -n \"$%s\" ]; then %sunset BASH_ENV; fi\n%sexec %s \"$@\" </dev/null\n", runnersFile, begin, prepare, quote(program))
	os.Remove(c.out)
	return os.WriteFile(c.out, []byte(script), 0o700)
}

// runnersFile is the variable with the path of a file that is there while a cell's program
// is in main. If it is still there when the program has ended without an error, os.Exit(0)
// or the like ended it halfway.
const runnersFile = "PNCLAB_CELL"

// watched calls build while main.go holds a main that removes the runner's file at its end,
// without a change to the numbers of lines. It returns whether there is such a main.
func (c *cell) watched(build func() bool) (watched, ok bool) {
	text, ok := c.source.removing(runnersFile)
	if !ok {
		return false, build()
	}
	return true, c.instead(text, build)
}

// instead calls build while main.go holds another text.
func (c *cell) instead(text []byte, build func() bool) bool {
	if os.WriteFile("main.go", text, 0o600) != nil {
		return false
	}
	ok := build()
	// Stack traces are looked up in what the kernel has written.
	return os.WriteFile("main.go", c.source.text, 0o600) == nil && ok
}

// shell runs a command of the plan, and reports whether it succeeded. If not, the go
// command will say why.
func (c *cell) shell(p *plan, command string) bool {
	cmd := exec.Command("/bin/sh", "-c", command)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "WORK="+p.Work)
	return cmd.Run() == nil
}

// writeNothing writes a program that does nothing.
func (c *cell) writeNothing() error {
	return os.WriteFile(c.out, []byte("#!/bin/sh\n"), 0o700)
}

func hashOf(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }

// quote returns the text as one word of the shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
