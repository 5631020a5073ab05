package cli

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestArguments calls every command with numbers of arguments of which most are wrong.
func TestArguments(t *testing.T) {
	said := map[string]string{}
	var try func(c *cobra.Command)
	try = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			try(sub)
		}
		if c.Args == nil || c.HasSubCommands() {
			return
		}
		for n := range 4 {
			if err := c.Args(c, strings.Fields("a b c")[:n]); err != nil {
				said[c.Name()+strings.Repeat(" x", n)] = err.Error()
			}
		}
	}
	try(newRoot())
	for name, got := range said {
		command, _, _ := strings.Cut(name, " ")
		if !strings.HasPrefix(got, command+": wrong number of arguments (") || !strings.Contains(got, "; usage: pnclab ") || strings.Contains(got, "\n") {
			t.Errorf("%s: %q", name, got)
		}
	}
	for call, want := range map[string]string{
		"compare x":  "compare: wrong number of arguments (1); usage: pnclab compare A B",
		"diff":       "diff: wrong number of arguments (0); usage: pnclab diff REPORT-A REPORT-B",
		"diff x x x": "diff: wrong number of arguments (3); usage: pnclab diff REPORT-A REPORT-B",
		"get":        "get: wrong number of arguments (0); usage: pnclab data get NAME...",
		"diff x x":   "",
	} {
		if said[call] != want {
			t.Errorf("%s: %q, want %q", call, said[call], want)
		}
	}

	root := newRoot()
	root.SetArgs([]string{"compare", "one.npz"})
	root.SetOut(io.Discard)
	root.SetErr(io.Discard)
	if err := root.ExecuteContext(t.Context()); err == nil || err.Error() != said["compare x"] {
		t.Errorf("compare one.npz: %v", err)
	}
}
