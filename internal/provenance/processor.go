package provenance

import (
	"bufio"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// Processor returns the name of the machine's processor as the system reports it,
// or else the architecture.
func Processor() string {
	switch runtime.GOOS {
	case "linux":
		f, err := os.Open("/proc/cpuinfo")
		if err != nil {
			break
		}
		defer f.Close()
		for s := bufio.NewScanner(f); s.Scan(); {
			if key, value, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
				return strings.TrimSpace(value)
			}
		}
	case "darwin":
		if b, err := exec.Command("sysctl", "-n", "machdep.cpu.brand_string").Output(); err == nil {
			return strings.TrimSpace(string(b))
		}
	}
	return runtime.GOARCH
}
