//go:build unix && !linux

package notebook

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func dieWithParent(*syscall.SysProcAttr) {}

// groupCPU returns the processor time that the running programs of the process group
// of p have used.
func groupCPU(p *os.Process) (used time.Duration, known bool) {
	out, err := exec.Command("ps", "-A", "-o", "pgid=,time=").Output()
	if err != nil {
		return 0, false
	}
	group := strconv.Itoa(p.Pid)
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == group {
			used += clockTime(f[1])
		}
	}
	return used, true
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
