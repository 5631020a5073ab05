package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"pnclab/internal/notebook"
)

// newKernelspec returns the command kernelspec, which tells Jupyter about the kernel.
func newKernelspec() *cobra.Command {
	var prefix string
	c := &cobra.Command{
		Use:   "kernelspec",
		Short: "Tell Jupyter, nbconvert, papermill and VS Code about the kernel of the notebooks",
		Long: `Install the kernel "gonb", which the notebooks name, for every program that
finds kernels as Jupyter does: nbconvert, papermill, JupyterLab, VS Code. It
imports this checkout. "pnclab lab" needs none of this.

It is installed for the user, or into the environment below --prefix, such as
"$VIRTUAL_ENV" or "$CONDA_PREFIX". Install it again after an update of Go.`,
		Example: `  pnclab kernelspec install
  pnclab kernelspec install --prefix "$VIRTUAL_ENV"
  pnclab kernelspec remove`,
		Args: cobra.NoArgs,
	}
	c.PersistentFlags().StringVar(&prefix, "prefix", "", "`folder` of the environment instead of the user's")
	var yes, completion bool
	install := &cobra.Command{
		Use: "install", Short: "Install the kernel", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return installKernel(cmd, prefix, yes, completion) },
	}
	remove := &cobra.Command{
		Use: "remove", Short: "Remove the kernel", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return removeKernel(cmd, prefix, yes) },
	}
	for _, sub := range []*cobra.Command{install, remove} {
		sub.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask about a kernel of another program or checkout")
	}
	install.Flags().BoolVar(&completion, "completion", false, "also build gopls, for Tab and Shift-Tab")
	c.AddCommand(install, remove, &cobra.Command{
		Use: "path", Short: "Print where the kernel is, or would be", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return kernelPath(cmd, prefix) },
	})
	return c
}

// installedKernel returns Jupyter's data folder below a prefix and the kernel in it, nil if
// there is none.
func installedKernel(prefix string) (dir string, there *notebook.InstalledKernel, err error) {
	if dir, err = notebook.JupyterData(prefix); err != nil {
		return "", nil, err
	}
	there, err = notebook.ReadKernelspec(dir)
	return dir, there, err
}

func installKernel(cmd *cobra.Command, prefix string, yes, completion bool) error {
	root, err := sourceRoot()
	if err != nil {
		return err
	}
	dir, there, err := installedKernel(prefix)
	if err != nil {
		return err
	}
	if there != nil && there.Root != root && !yes {
		if err := confirm(cmd, "replace", dir, there); err != nil {
			return err
		}
	}
	tools, err := notebook.EnsureTools(cmd.Context(), root, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	gopls, built, err := notebook.Gopls(cmd.Context(), root)
	if err != nil {
		return err
	}
	if completion && !built {
		fmt.Fprintln(cmd.ErrOrStderr(), "building gopls (once, about a minute)")
		if err := notebook.BuildGopls(cmd.Context(), root, tools, gopls); err != nil {
			return err
		}
	}
	if err := (notebook.Kernelspec{Tools: tools, Root: root, Gopls: gopls}).Write(dir); err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), "installed", notebook.KernelFolder(dir))
	return nil
}

func removeKernel(cmd *cobra.Command, prefix string, yes bool) error {
	dir, there, err := installedKernel(prefix)
	if err != nil {
		return err
	}
	if there == nil {
		return fmt.Errorf("there is no kernel %s", notebook.KernelFolder(dir))
	}
	root, _ := sourceRoot() // a kernel is also removed when its checkout is gone
	if there.Root != root && !yes {
		if err := confirm(cmd, "remove", dir, there); err != nil {
			return err
		}
	}
	if err := notebook.RemoveKernelspec(dir); err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), "removed", notebook.KernelFolder(dir))
	return nil
}

// kernelPath prints the folder, and on the other stream whose kernel it holds.
func kernelPath(cmd *cobra.Command, prefix string) error {
	dir, there, err := installedKernel(prefix)
	if err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), notebook.KernelFolder(dir))
	if there == nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "not installed")
	} else {
		fmt.Fprintln(cmd.ErrOrStderr(), "holds", describeKernel(there))
	}
	return nil
}

func describeKernel(k *notebook.InstalledKernel) string {
	if k.Root != "" {
		return "the kernel of " + k.Root
	}
	return fmt.Sprintf("the kernel %q of another program", k.DisplayName)
}

// confirm asks on a terminal whether another's kernel may go, and returns an error if
// it may not, or if nobody can answer.
func confirm(cmd *cobra.Command, verb, dir string, there *notebook.InstalledKernel) error {
	what := fmt.Sprintf("%s holds %s", notebook.KernelFolder(dir), describeKernel(there))
	in := cmd.InOrStdin()
	if in == os.Stdin && terminalOf(os.Stdin) == nil {
		return fmt.Errorf("%s; %s --yes will %s it", what, cmd.CommandPath(), verb)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s; %s it? [y/N] ", what, verb)
	answer, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && err != io.EOF {
		return err
	}
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
		return fmt.Errorf("nothing changed: %s", what)
	}
	return nil
}

// sourceRoot returns the checkout that contains the working directory or, elsewhere,
// the one that this program was built from.
func sourceRoot() (string, error) {
	root, err := notebook.FindRoot(".")
	if err == nil {
		return root, nil
	}
	if _, file, _, ok := runtime.Caller(0); ok {
		if root, err := notebook.FindRoot(file); err == nil {
			return root, nil
		}
	}
	return "", err
}
