// Command pnclab is a laboratory for how features evolve from layer to layer
// in deep networks. Run it without arguments for the list of its commands.
package main

import (
	"os"

	"pnclab/internal/cli"
)

func main() {
	os.Exit(cli.Main())
}
