package process

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of times in /proc, the same for all processors.
const clockTick = time.Second / 100

// List returns all processes, and false if /proc does not tell.
func List() (all []Process, known bool) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(files) == 0 {
		return nil, false
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			continue // it has just ended
		}
		// The name, in parentheses, can hold anything. What follows is proc(5)'s state,
		// ppid, pgrp and, from the twelfth on, utime, stime, cutime and cstime.
		open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
		if open < 0 || end < open {
			continue
		}
		fields := strings.Fields(string(b[end+1:]))
		if len(fields) < 15 {
			continue
		}
		p := Process{Ended: fields[0] == "Z" || fields[0] == "X", Command: string(b[open+1 : end])}
		p.PID, _ = strconv.Atoi(filepath.Base(filepath.Dir(file)))
		p.Parent, _ = strconv.Atoi(fields[1])
		p.Group, _ = strconv.Atoi(fields[2])
		for _, f := range fields[11:15] {
			n, _ := strconv.ParseInt(f, 10, 64)
			p.CPU += time.Duration(n) * clockTick
		}
		if line, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline")); len(line) > 0 {
			p.Command = string(bytes.TrimRight(line, "\x00"))
		}
		p.Command = oneLine(p.Command)
		all = append(all, p)
	}
	return all, true
}

// Shares reports whether two processes have the same pipe open: what the one writes, the
// other waits for. It is false for a process of another user.
func Shares(a, b int) bool {
	open := pipes(a)
	for link := range pipes(b) {
		if open[link] {
			return true
		}
	}
	return false
}

// pipes returns the names of the pipes that a process has open.
func pipes(pid int) map[string]bool {
	open := map[string]bool{}
	files, _ := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "fd", "*"))
	for _, f := range files {
		if link, err := os.Readlink(f); err == nil && strings.HasPrefix(link, "pipe:") {
			open[link] = true
		}
	}
	return open
}
