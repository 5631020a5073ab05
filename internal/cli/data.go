package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"pnclab/pnc"
)

// newData returns the command data, which lists the data sets that can be loaded,
// and its subcommand get, which downloads them.
func newData() *cobra.Command {
	data := &cobra.Command{
		Use:   "data",
		Short: "List the data sets, where they are and how to get them",
		Long: `List the data sets that can be loaded, and where their files are.

Files are looked up in the directory $PNC_DATA, in a folder named after the data
set, and then in the user's cache directory, where "data get" puts downloads.
Notebooks run without any of them: if no real images are found, they draw their own.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return listData(cmd.OutOrStdout()) },
	}
	data.AddCommand(&cobra.Command{
		Use:   "get NAME...",
		Short: "Download data sets to the cache and check them",
		Args:  cobra.MinimumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			all, _ := pnc.Available()
			var names []string
			for _, a := range all {
				names = append(names, a.Name)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, names []string) error {
			for _, name := range names {
				progress := newDownloadProgress(cmd.ErrOrStderr())
				err := pnc.Download(cmd.Context(), name, progress.report)
				progress.end()
				if err != nil {
					return err
				}
				if err := sayComplete(cmd.OutOrStdout(), name); err != nil {
					return err
				}
			}
			return nil
		},
	})
	return data
}

// sayComplete writes that the files of a data set are there and whether they are those
// that were published.
func sayComplete(w io.Writer, name string) error {
	all, err := pnc.Available()
	if err != nil {
		return err
	}
	differs := false
	for _, a := range all {
		for _, s := range a.Splits {
			if a.Name == name && s.Differs != "" {
				differs = true
				fmt.Fprintf(w, "%s %s is in %s, but not as it was published: %s\n", name, s.Name, filepath.Dir(s.Paths[0]), s.Differs)
			}
		}
	}
	if !differs {
		fmt.Fprintf(w, "%s is complete\n", name)
	}
	return nil
}

// listData writes a table of the data sets, one line per split.
func listData(w io.Writer) error {
	all, err := pnc.Available()
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tSPLIT\tSIZE\tWHERE")
	for _, a := range all {
		name := a.Name
		for _, s := range a.Splits {
			where, size := "not found; to get it: go run . data get "+a.Name, s.Download
			if s.Paths != nil {
				where, size = strings.Join(short(s.Paths), ", "), onDisk(s.Paths)
			}
			switch {
			case s.Differs == "":
			case s.Paths == nil:
				where = fmt.Sprintf("damaged: %s; to get it again: go run . data get %s", s.Differs, a.Name)
			default:
				where += "; not as published: " + s.Differs
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", name, s.Name, megabytes(size), where)
			name = ""
		}
	}
	return t.Flush()
}

// short drops the directory, which is the same for all, from all paths but the first.
func short(paths []string) []string {
	out := []string{paths[0]}
	for _, p := range paths[1:] {
		out = append(out, filepath.Base(p))
	}
	return out
}

// onDisk returns the total size of files and of the contents of directories.
func onDisk(paths []string) (bytes int64) {
	for _, path := range paths {
		filepath.Walk(path, func(_ string, info os.FileInfo, err error) error {
			if err == nil && info.Mode().IsRegular() {
				bytes += info.Size()
			}
			return nil
		})
	}
	return bytes
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

// downloadProgress shows the progress of downloads: on a terminal as a line that is
// redrawn, elsewhere as one line per file.
type downloadProgress struct {
	w        io.Writer
	terminal bool
	file     string
	last     time.Time
}

func newDownloadProgress(w io.Writer) *downloadProgress {
	return &downloadProgress{w: w, terminal: terminalOf(w) != nil}
}

func (p *downloadProgress) report(file string, done, total int64) {
	if file != p.file {
		p.end()
		p.file, p.last = file, time.Time{}
		if !p.terminal {
			fmt.Fprintf(p.w, "downloading %s (%s)\n", file, megabytes(total))
		}
	}
	if p.terminal && (time.Since(p.last) > 200*time.Millisecond || done == total) {
		p.last = time.Now()
		fmt.Fprintf(p.w, "\r\x1b[K%s  %s of %s", file, megabytes(done), megabytes(total))
	}
}

// end finishes the line of the last file.
func (p *downloadProgress) end() {
	if p.terminal && p.file != "" {
		fmt.Fprintln(p.w)
	}
	p.file = ""
}
