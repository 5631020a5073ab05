package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"pnclab/internal/notebook"
)

func newShow() *cobra.Command {
	var outputs, raw bool
	c := &cobra.Command{
		Use:   "show NOTEBOOK...",
		Short: "Print notebooks as plain text, for review and for git diff",
		Long: `Print notebooks as plain text: the cells, each below a line "// %%" with its type
and tags. Metadata, cell ids and, without --outputs, outputs are left out.

With two settings git compares notebooks so:

  git config diff.pnclab.textconv "go run . show --raw"
  echo '*.ipynb diff=pnclab' >> .git/info/attributes

The second is not needed in a clone of pnclab, whose .gitattributes has it.`,
		Example: `  pnclab show notebooks/01_theorem.ipynb
  pnclab show --outputs report/01_theorem.ipynb`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			for _, path := range paths {
				if err := show(cmd.OutOrStdout(), path, outputs, raw); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&outputs, "outputs", false, "print outputs too; of pictures their size")
	c.Flags().BoolVar(&raw, "raw", false, "print a file that is no notebook as it is, so that git can compare damaged ones")
	return c
}

// show prints one notebook.
func show(w io.Writer, path string, outputs, raw bool) error {
	nb, err := notebook.Read(path)
	if err == nil {
		_, err = fmt.Fprint(w, nb.Percent(outputs))
		return err
	}
	if !raw {
		return err
	}
	b, readErr := os.ReadFile(path)
	if readErr != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}
