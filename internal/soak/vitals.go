package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// vitals are what the process uses when nothing runs. What the system does not tell is 0.
type vitals struct {
	elapsed          time.Duration
	rss              float64 // resident memory before garbage is collected, in MB
	kept             float64 // and when all that is free was given back to the system
	heap             float64 // live objects, in MB
	goroutines       int
	files            int     // open
	children         int     // processes, of any generation
	disk             float64 // temporary files and cache, in MB
	paths            int     // their number
	tasks, notebooks int     // that have ended
}

const header = "  min      s  RSS MB  kept MB  heap MB  goroutines  open files  processes  disk MB  paths  tasks  notebooks"

func (v vitals) String() string {
	return fmt.Sprintf("%5.1f %6.0f %7.1f %8.1f %8.2f %11d %11d %10d %8.1f %6d %6d %10d", v.elapsed.Minutes(), v.elapsed.Seconds(),
		v.rss, v.kept, v.heap, v.goroutines, v.files, v.children, v.disk, v.paths, v.tasks, v.notebooks)
}

const mega = 1 << 20

// takeVitals measures. dir holds everything that is written, but for the tools.
func takeVitals(dir string) vitals {
	v := vitals{rss: resident(), children: children(os.Getpid())}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		v.files = len(open) - 1 // that folder itself
	}
	debug.FreeOSMemory()
	debug.FreeOSMemory() // what a pool held until the first
	v.kept = resident()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	v.heap = float64(m.HeapAlloc) / mega
	v.goroutines = runtime.NumGoroutine()
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		v.paths++
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			v.disk += float64(info.Size()) / mega
		}
		return nil
	})
	return v
}

// resident returns the resident memory in MB, 0 if it is unknown.
func resident() float64 {
	b, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmRSS:" {
			kb, _ := strconv.ParseFloat(f[1], 64)
			return kb / 1024
		}
	}
	return 0
}

// children counts the processes that a process has started, and those that these have.
func children(pid int) int {
	n := 0
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		b, _ := os.ReadFile(list)
		for _, f := range strings.Fields(string(b)) {
			child, _ := strconv.Atoi(f)
			n += 1 + children(child)
		}
	}
	return n
}
