package notebook

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// dieWithParent makes the kernel end even if this program is killed.
func dieWithParent(attr *syscall.SysProcAttr) {
	attr.Pdeathsig = syscall.SIGTERM
}

// clockTick is the unit of times in /proc, the same for all processors.
const clockTick = time.Second / 100

// groupCPU returns the processor time that the process group of p has used, including
// that of its programs that have ended.
func groupCPU(p *os.Process) (used time.Duration, known bool) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || files == nil {
		return 0, false
	}
	group := strconv.Itoa(p.Pid)
	for _, file := range files {
		b, _ := os.ReadFile(file) // nothing of a process that has just ended
		// The name before it, in parentheses, can hold anything. What follows is proc(5)'s
		// state, ppid, pgrp and, from the twelfth on, utime, stime, cutime and cstime.
		fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		if len(fields) < 15 || fields[2] != group {
			continue
		}
		for _, f := range fields[11:15] {
			n, _ := strconv.ParseInt(f, 10, 64)
			used += time.Duration(n) * clockTick
		}
	}
	return used, true
}
