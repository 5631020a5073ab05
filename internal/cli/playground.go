package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pnclab/internal/notebook"
	"pnclab/internal/playground"
)

// newPlayground returns the command playground, which writes or serves the page.
func newPlayground() *cobra.Command {
	var out, address string
	c := &cobra.Command{
		Use:   "playground",
		Short: "Write or serve a page on which to move depth, scale, data, … and see features collapse",
		Long: `Write or serve a page on which to move depth, scale, data, … and see features
collapse. The page is one HTML file that holds pnc as WebAssembly: it needs no
kernel and no network, works from a folder or a web server, on a phone and in a
frame, and keeps its state in its address.

Without --out the page is served on this machine until Ctrl-C.`,
		Example: `  pnclab playground
  pnclab playground --out playground.html`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			root, err := notebook.FindRoot(".")
			if err != nil {
				return err
			}
			page, err := playground.Build(cmd.Context(), root)
			if err != nil {
				return err
			}
			if out == "" {
				return servePage(cmd, address, page)
			}
			if err := os.WriteFile(out, page, 0o644); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %.2f MB, open it in a browser\n", out, float64(len(page))/1e6)
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", "", "write the page to a `file` instead of serving it")
	c.Flags().StringVar(&address, "listen", "127.0.0.1:8090", "`address` to serve it on")
	c.MarkFlagsMutuallyExclusive("out", "listen")
	return c
}

// servePage serves the page, and nothing else, until the command is cancelled.
func servePage(cmd *cobra.Command, address string, page []byte) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("%w; choose another address by --listen", err)
	}
	began := time.Now()
	server := &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" && !strings.HasSuffix(r.URL.Path, ".html") {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			http.ServeContent(w, r, "", began, bytes.NewReader(page))
		}),
	}
	defer context.AfterFunc(cmd.Context(), func() { server.Close() })()
	fmt.Fprintf(cmd.OutOrStdout(), "http://%s/ (Ctrl-C ends it)\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
