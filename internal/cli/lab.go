package cli

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"pnclab/internal/notebook"
	"pnclab/internal/userdir"
)

func newLab() *cobra.Command {
	return &cobra.Command{
		Use:   "lab [-- JUPYTER-ARGUMENT...]",
		Short: "Open the notebooks in JupyterLab",
		Long: `Open the notebooks in JupyterLab with a Go kernel that knows this checkout.
The kernel is written to a separate folder in the user's cache directory; the
user's Jupyter configuration is used but not changed.`,
		Example: `  pnclab lab
  pnclab lab -- --no-browser --port 9999`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return lab(cmd, args)
		},
	}
}

func lab(cmd *cobra.Command, args []string) error {
	root, err := notebook.FindRoot(".")
	if err != nil {
		return err
	}
	jupyter, err := exec.LookPath("jupyter")
	if err != nil {
		return errors.New("jupyter is not on PATH: install it with 'pip install jupyterlab', or use the Docker image described in the README")
	}
	tools, err := notebook.EnsureTools(cmd.Context(), root, cmd.OutOrStdout())
	if err != nil {
		return err
	}
	clone := fmt.Sprintf("%x", sha256.Sum256([]byte(root)))[:16]
	data, err := userdir.Cache("jupyter", clone)
	if err != nil {
		return err
	}
	if err := notebook.WriteKernelspec(data, tools, root); err != nil {
		return err
	}
	server := exec.Command(jupyter, append([]string{"lab"}, args...)...)
	server.Dir = filepath.Join(root, notebooksDir)
	server.Env = append(os.Environ(), "JUPYTER_PATH="+prepend(data, os.Getenv("JUPYTER_PATH")))
	server.Stdin, server.Stdout, server.Stderr = os.Stdin, os.Stdout, os.Stderr
	return runServer(server)
}

func prepend(dir, list string) string {
	return strings.TrimSuffix(dir+string(os.PathListSeparator)+list, string(os.PathListSeparator))
}

// runServer runs a server in the foreground. The server receives Ctrl-C from the
// terminal, and may ask for confirmation, so that this program only has to survive
// it. SIGTERM is passed on.
func runServer(server *exec.Cmd) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := server.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	for {
		select {
		case s := <-signals:
			if s == syscall.SIGTERM {
				server.Process.Signal(s)
			}
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				return fmt.Errorf("jupyter lab: %w", err)
			}
			return err
		}
	}
}
