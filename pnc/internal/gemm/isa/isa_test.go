package isa

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for p := Portable; p < Paths; p++ {
		if got, err := Parse(p.String()); err != nil || got != p {
			t.Errorf("Parse(%q) = %v, %v", p, got, err)
		}
	}
	if _, err := Parse("sse"); err == nil {
		t.Error("Parse accepts an unknown name")
	}
}

func TestUse(t *testing.T) {
	before := Current()
	defer func() {
		if err := Use(before); err != nil {
			t.Error(err)
		}
	}()
	all := Available()
	if all[0] != Portable || !slices.Contains(all, before) {
		t.Errorf("available: %v, in use: %v", all, before)
	}
	for _, p := range all {
		if err := Use(p); err != nil || Current() != p {
			t.Errorf("Use(%v): %v, then Current() = %v", p, err, Current())
		}
	}
	for _, p := range []Path{-1, Paths} {
		if err := Use(p); err == nil {
			t.Errorf("Use(%v) succeeds", p)
		}
	}
}

// TestEnvironment starts this test binary in other environments.
func TestEnvironment(t *testing.T) {
	if os.Getenv("ISA_TEST_PRINT") != "" {
		fmt.Println("path:", Current())
		if err := Problem(); err != nil {
			fmt.Println(err)
		}
		return
	}
	all := Available()
	best := all[len(all)-1]
	below := func(p Path) Path { // the best that p does not exclude
		if best == NEON {
			return best
		}
		return min(p, best)
	}
	for _, test := range []struct {
		env, message string
		want         Path
	}{
		{"PNC_KERNEL=", "", best},
		{"PNC_KERNEL=portable", "", Portable},
		{"PNC_KERNEL=" + best.String(), "", best},
		{"PNC_KERNEL=abacus", `unknown kernel path "abacus"`, best},
		{"GODEBUG=cpu.avx512f=off", "", below(AVX2)},
		{"GODEBUG=cpu.avx512f=off,cpu.avx2=off", "", below(Portable)},
		{"GODEBUG=cpu.avx2=off", "", below(Portable)},
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestEnvironment$", "-test.v")
		// What is switched off for this process, and so not available, stays off.
		debug := "GODEBUG=" + os.Getenv("GODEBUG")
		if more, ok := strings.CutPrefix(test.env, "GODEBUG="); ok {
			test.env = debug + "," + more
		}
		cmd.Env = append(os.Environ(), "PNC_KERNEL=", debug, "ISA_TEST_PRINT=1", test.env)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Skipf("cannot start another process: %v", err)
		}
		if text := string(out); !strings.Contains(text, "path: "+test.want.String()+"\n") || !strings.Contains(text, test.message) {
			t.Errorf("%s: got %q, want path %v and %q", test.env, text, test.want, test.message)
		}
	}
}
