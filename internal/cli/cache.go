package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"pnclab/pnc"
)

// newCache returns the command cache, which shows and cleans the cache of runs.
func newCache() *cobra.Command {
	cache := &cobra.Command{
		Use:   "cache",
		Short: "Show, verify and prune the cache of runs",
		Long: `Show, verify and prune the cache of runs.

Outcomes of experiments are cached by content in the directory that PNC_CACHE names,
or in the user's cache directory. Beside each, a file that ends in .json says what it
is, when and where it was computed, and by which version. If they take more than 5 GB,
or the number of bytes in PNC_CACHE_LIMIT, the least recently used are deleted.

A group can share a directory, as README says.`,
		Args: cobra.NoArgs,
	}
	cache.AddCommand(newCacheList(), newCacheShow(), newCachePrune(), newCacheVerify())
	return cache
}

func newCacheList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the cached outcomes, the most recently used first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			entries, err := pnc.CacheEntries()
			if err != nil {
				return err
			}
			t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			var bytes int64
			for _, c := range entries {
				fmt.Fprintf(t, "%.12s\t%s\t%s\n", c.Key, megabytes(c.Size), c.Used.Format(time.DateTime))
				bytes += c.Size
			}
			if err := t.Flush(); err != nil {
				return err
			}
			if pnc.CacheDir() == "" {
				fmt.Fprintln(cmd.OutOrStdout(), "nothing is cached: PNC_CACHE is off, or neither it nor HOME is set")
				return nil
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d outcomes, %s of %s, in %s\n", len(entries), megabytes(bytes), megabytes(pnc.CacheLimit()), pnc.CacheDir())
			return nil
		},
	}
}

func newCacheShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show KEY",
		Short: "Print the experiment of an outcome, whose key may be shortened",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := entryWithPrefix(args[0])
			if err != nil {
				return err
			}
			text, current, err := c.Describe()
			if err != nil {
				return fmt.Errorf("%s: %w", c.File, err)
			}
			fmt.Fprintln(cmd.OutOrStdout(), text)
			if o, err := c.Origin(); err == nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "note: stored %s on %s (%s, %s kernels) by pnclab %s\n", o.Stored.Local().Format(time.DateTime), o.Host, o.System, o.Kernels, o.Version)
			}
			if !current {
				fmt.Fprintln(cmd.ErrOrStderr(), "note: stored by other code, on another kind of processor or with other keys (PNC_CACHE_KEY); this program does not serve it")
			}
			return nil
		},
	}
}

// entryWithPrefix returns the only entry whose key starts with prefix.
func entryWithPrefix(prefix string) (pnc.CacheEntry, error) {
	entries, err := pnc.CacheEntries()
	if err != nil {
		return pnc.CacheEntry{}, err
	}
	var found []pnc.CacheEntry
	for _, c := range entries {
		if strings.HasPrefix(c.Key, prefix) {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		return pnc.CacheEntry{}, fmt.Errorf("%d cached outcomes have a key that starts with %q; pnclab cache list shows the keys", len(found), prefix)
	}
	return found[0], nil
}

func newCachePrune() *cobra.Command {
	var limit float64
	prune := &cobra.Command{
		Use:   "prune",
		Short: "Delete what can no longer be served, and the least recently used beyond a limit",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			bytes := pnc.CacheLimit()
			if cmd.Flags().Changed("limit") {
				bytes = int64(limit * 1e6)
			}
			n, freed, err := pnc.PruneCache(bytes)
			fmt.Fprintf(cmd.OutOrStdout(), "%d files deleted, %s freed\n", n, megabytes(freed))
			return err
		},
	}
	prune.Flags().Float64Var(&limit, "limit", 0, "`MB` that outcomes may take; default: PNC_CACHE_LIMIT, or 5000")
	return prune
}

func newCacheVerify() *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Read every cached outcome and compare it with its checksum",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			entries, err := pnc.CacheEntries()
			if err != nil {
				return err
			}
			damaged := 0
			for _, c := range entries {
				if err := c.Verify(); err != nil {
					damaged++
					fmt.Fprintf(cmd.OutOrStdout(), "%s: %v\n", c.File, err)
				}
			}
			if pnc.CacheDir() == "" {
				fmt.Fprintln(cmd.OutOrStdout(), "nothing is cached: PNC_CACHE is off, or neither it nor HOME is set")
				return nil
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d outcomes, %d damaged\n", len(entries), damaged)
			if damaged > 0 {
				return fmt.Errorf("%d damaged outcomes in the cache; pnclab cache prune deletes them", damaged)
			}
			return nil
		},
	}
}
