package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// sayUsage makes a command and those below it answer a wrong number of arguments with
// one line that says how the command is used. A word that is no command below another
// is answered by cobra, with suggestions.
func sayUsage(c *cobra.Command) {
	for _, sub := range c.Commands() {
		sayUsage(sub)
	}
	if c.Args == nil || c.HasSubCommands() {
		return
	}
	check := c.Args
	c.Args = func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) == nil {
			return nil
		}
		return fmt.Errorf("%s: wrong number of arguments (%d); usage: %s", cmd.Name(), len(args), strings.TrimSuffix(cmd.UseLine(), " [flags]"))
	}
}
