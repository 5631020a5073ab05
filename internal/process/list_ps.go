//go:build unix

package process

import (
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// listPS returns all processes as the command ps lists them, and false if there is no such
// command.
func listPS() (all []Process, known bool) {
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=,pgid=,stat=,time=,args=").Output()
	if err != nil {
		return nil, false
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) < 5 {
			continue
		}
		p := Process{Ended: strings.HasPrefix(f[3], "Z"), CPU: clockTime(f[4]), Command: oneLine(strings.Join(f[5:], " "))}
		p.PID, _ = strconv.Atoi(f[0])
		p.Parent, _ = strconv.Atoi(f[1])
		p.Group, _ = strconv.Atoi(f[2])
		all = append(all, p)
	}
	return all, true
}

// clockTime parses a time such as 1-02:03:04 or 3:04.05.
func clockTime(s string) time.Duration {
	var seconds, days float64
	if d, rest, ok := strings.Cut(s, "-"); ok {
		days, _ = strconv.ParseFloat(d, 64)
		s = rest
	}
	for part := range strings.SplitSeq(s, ":") {
		v, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return 0
		}
		seconds = 60*seconds + v
	}
	return time.Duration((seconds + 24*3600*days) * float64(time.Second))
}
