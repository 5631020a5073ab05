package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"pnclab/internal/atomicfile"
	"pnclab/internal/notebook"
	"pnclab/internal/process"
	"pnclab/internal/userdir"
)

func newLab() *cobra.Command {
	var verbose bool
	cmd := &cobra.Command{
		Use:   "lab [-- JUPYTER-ARGUMENT...]",
		Short: "Open the notebooks in JupyterLab",
		Long: `Open the notebooks in JupyterLab with a Go kernel that knows this checkout.
The kernel is written to a separate folder in the user's cache directory; the
user's Jupyter configuration is used but not changed.`,
		Example: `  pnclab lab
  pnclab lab -- --no-browser --port 9999`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return lab(cmd, args, verbose)
		},
	}
	cmd.Flags().BoolVar(&verbose, "verbose", false, "show what kernels log")
	return cmd
}

func lab(cmd *cobra.Command, args []string, verbose bool) error {
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
	gopls, built, err := notebook.Gopls(cmd.Context(), root)
	if err != nil {
		return err
	}
	clone := fmt.Sprintf("%x", sha256.Sum256([]byte(root)))[:16]
	data, err := userdir.Cache("jupyter", clone)
	if err != nil {
		return err
	}
	if err := (notebook.Kernelspec{Tools: tools, Root: root, Gopls: gopls, Verbose: verbose}).Write(data); err != nil {
		return err
	}
	if err := writeLabSettings(data); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	prepared := make(chan struct{})
	go func() {
		defer close(prepared)
		prepareLab(ctx, root, tools, gopls, built, cmd.ErrOrStderr())
	}()
	defer func() { cancel(); <-prepared }()

	server := exec.Command(jupyter, append([]string{"lab"}, args...)...)
	server.Dir = filepath.Join(root, notebooksDir)
	server.Env = append(os.Environ(),
		"JUPYTER_PATH="+prepend(data, os.Getenv("JUPYTER_PATH")),
		"JUPYTER_CONFIG_PATH="+prepend(data, os.Getenv("JUPYTER_CONFIG_PATH")))
	server.Stdin, server.Stdout, server.Stderr = os.Stdin, os.Stdout, os.Stderr
	return runServer(server, tools)
}

// prepareLab compiles what the first cell needs, and then what completes names.
func prepareLab(ctx context.Context, root string, tools notebook.Tools, gopls string, built bool, w io.Writer) {
	if err := notebook.Warm(ctx, root, tools, true); err != nil {
		if ctx.Err() == nil {
			fmt.Fprintln(w, "pnclab:", err)
		}
		return // cells will not compile either
	}
	if built {
		return
	}
	fmt.Fprintln(w, "pnclab: building gopls in the background (once, about a minute): Tab and Shift-Tab will work in kernels that start after that")
	if err := notebook.BuildGopls(ctx, root, tools, gopls); err != nil && ctx.Err() == nil {
		fmt.Fprintln(w, "pnclab: Tab and Shift-Tab will do nothing:", err)
	}
}

// labSettings are defaults of JupyterLab's settings, which the user's own override. Tab
// waits for gopls, which takes seconds the first time; the default is one. There is no
// question about news, and no look for a newer version.
const labSettings = `{
  "@jupyterlab/completer-extension:manager": {"providerTimeout": 10000},
  "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}
}
`

// serverSettings are the server's defaults for which messages do not count as use of a
// kernel, without kernel_info_request. The kernel says whether it is idle only when it
// has answered something, and JupyterLab listens only to what counts: the state would be
// "Unknown" until the first cell has run.
const serverSettings = `{
  "MappingKernelManager": {
    "untracked_message_types": [
      "comm_info_request", "comm_info_reply", "kernel_info_reply", "shutdown_request", "shutdown_reply",
      "interrupt_request", "interrupt_reply", "debug_request", "debug_reply", "stream", "display_data",
      "update_display_data", "execute_input", "execute_result", "error", "status", "clear_output", "debug_event",
      "input_request", "input_reply"
    ]
  }
}
`

// writeLabSettings writes settings where Jupyter finds them through JUPYTER_CONFIG_PATH.
func writeLabSettings(dir string) error {
	folder := filepath.Join(dir, "labconfig")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := atomicfile.WriteFile(filepath.Join(folder, "default_setting_overrides.json"), []byte(labSettings)); err != nil {
		return err
	}
	return atomicfile.WriteFile(filepath.Join(dir, "jupyter_server_config.json"), []byte(serverSettings))
}

func prepend(dir, list string) string {
	return strings.TrimSuffix(dir+string(os.PathListSeparator)+list, string(os.PathListSeparator))
}

// runServer runs a server in the foreground. The server receives Ctrl-C from the
// terminal, and may ask for confirmation, so that this program only has to survive
// it. SIGTERM is passed on, and the end of this program, or of the go command that runs
// it, ends the server too: otherwise it would stay, and keep its port.
func runServer(server *exec.Cmd, tools notebook.Tools) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := server.Start(); err != nil {
		return err
	}
	follower := tools.Follow(os.Getpid(), server.Process.Pid)
	if err := follower.Start(); err == nil {
		defer follower.Wait()
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	orphaned := goRunEnded()
	for {
		select {
		case s := <-signals:
			if s == syscall.SIGTERM {
				process.Terminate(server.Process.Pid)
			}
		case <-orphaned:
			process.Terminate(server.Process.Pid)
			orphaned = nil
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				return fmt.Errorf("jupyter lab: %w", err)
			}
			return err
		}
	}
}

// goRunEnded returns a channel that is closed when the "go run" that runs this program
// has ended, which does not pass SIGTERM on. It is nil if there is none: a program that
// was started in the background may outlive its shell.
func goRunEnded() <-chan struct{} {
	own, err := os.Executable()
	if err != nil || !strings.Contains(filepath.ToSlash(own), "/go-build") {
		return nil
	}
	return process.Ended(os.Getppid())
}
