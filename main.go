// Command pnclab is a laboratory for the evolution of features from layer to layer in
// deep networks. Run it without arguments for a list of its commands.
package main

import (
	"os"

	"pnclab/internal/cli"
)

func main() {
	os.Exit(cli.Main())
}
