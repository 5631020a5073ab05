package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"pnclab/internal/notebook"
)

// newNotebook returns the command new, which writes a notebook of one's own.
func newNotebook() *cobra.Command {
	return &cobra.Command{
		Use:   "new FILE.ipynb",
		Short: "Write a notebook of one's own, anywhere, that imports this checkout",
		Long: `Write a notebook with a small experiment to change, in any folder. It imports the
packages of this checkout, which its first cell names, and keeps cells off the
network. Open it with any Jupyter that has the kernel, see "pnclab kernelspec".`,
		Example: `  pnclab new ~/study/width.ipynb`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := args[0]
			if filepath.Ext(path) != ".ipynb" {
				return fmt.Errorf("%s: the name of a notebook ends in .ipynb", path)
			}
			if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%s exists already; choose another name", path)
			}
			root, err := sourceRoot()
			if err != nil {
				return err
			}
			if err := notebook.Starter(path, root).WriteFile(path); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: open it with 'jupyter lab', after 'pnclab kernelspec install'\n", path)
			return nil
		},
	}
}
