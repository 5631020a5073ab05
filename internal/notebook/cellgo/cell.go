package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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

// build reports whether it has built the program. If not, there is none.
func (c *cell) build() bool {
	if c.source == nil || !c.source.plain() {
		os.Remove(c.out)
		return false
	}
	if p := readPlan(); p != nil && p.covers(c) {
		c.leaveOutC(p)
		if c.follow(p) {
			return true
		}
	} else if c.first() {
		return true
	}
	os.Remove(c.out) // the go command overwrites only what it has made itself
	return false
}

// first builds the program with the go command and makes a plan for the next ones.
func (c *cell) first() bool {
	os.Remove(c.out)
	os.RemoveAll(planDir)
	if err := os.MkdirAll(planDir, 0o700); err != nil {
		return false
	}
	p := &plan{}
	if p.findInputs(c) != nil {
		return false
	}
	c.leaveOutC(p)
	before, err := p.key(c)
	if err != nil {
		return false
	}
	cmd := exec.Command(c.goCommand, append([]string{"build", "-x", "-work"}, c.args[1:]...)...)
	cmd.Env = append(slices.Clip(c.env), "GOTMPDIR="+filepath.Join(c.dir, planDir))
	var log bytes.Buffer
	cmd.Stderr = &log
	if cmd.Run() != nil {
		return false
	}
	if p.Key, err = p.key(c); err == nil && p.Key == before && p.parse(log.String()) {
		p.Built = c.built()
		p.write()
	} else {
		os.RemoveAll(planDir) // the next cell is built like this one
	}
	return true
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
	if c.source.declares() {
		return c.shell(p, p.Compile) && c.writeNothing() == nil
	}
	if !c.shell(p, p.Compile+" && "+p.Link) || os.Rename(p.program(), c.out) != nil {
		return false
	}
	p.Built = c.built()
	p.write()
	return true
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
