package cli

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"pnclab/internal/notebook"
)

const notebooksDir = "notebooks"

// selectNotebooks reads the notebooks that the arguments name, or all of them without
// arguments, and returns them in the order of their names.
func selectNotebooks(root string, args []string) ([]*notebook.Notebook, error) {
	dir := filepath.Join(root, notebooksDir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".ipynb" {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("there are no notebooks in %s", dir)
	}
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = nameOf(p)
	}
	chosen := make([]bool, len(paths))
	for _, arg := range args {
		found := false
		for i, name := range names {
			if matches(name, arg) {
				chosen[i], found = true, true
			}
		}
		if !found {
			return nil, fmt.Errorf("no notebook %q; there are: %s", arg, strings.Join(names, ", "))
		}
	}
	var notebooks []*notebook.Notebook
	for i, path := range paths {
		if len(args) > 0 && !chosen[i] {
			continue
		}
		nb, err := notebook.Read(path)
		if err != nil {
			return nil, err
		}
		notebooks = append(notebooks, nb)
	}
	return notebooks, nil
}

func nameOf(path string) string { return strings.TrimSuffix(filepath.Base(path), ".ipynb") }

// matches reports whether arg names the notebook: its number, with or without leading
// zeros, or the beginning of its name, with or without the number.
func matches(name, arg string) bool {
	arg = nameOf(arg)
	rest := strings.TrimLeft(name, "0123456789")
	number := strings.TrimSuffix(name, rest)
	rest = strings.TrimLeft(rest, "_-")
	if want, err := strconv.Atoi(arg); err == nil {
		n, err := strconv.Atoi(number)
		return err == nil && n == want
	}
	return arg != "" && (strings.HasPrefix(name, arg) || strings.HasPrefix(rest, arg))
}

// listNotebooks prints the title and the parameters of each notebook.
func listNotebooks(w io.Writer, notebooks []*notebook.Notebook) error {
	for _, nb := range notebooks {
		params, err := nb.Params()
		if err != nil {
			return err
		}
		var table bytes.Buffer
		t := tabwriter.NewWriter(&table, 0, 8, 1, ' ', 0)
		for _, p := range params {
			comment := p.Comment
			if comment != "" {
				comment = "// " + comment
			}
			fmt.Fprintf(t, "    %s\t= %s\t  %s\n", p.Name, p.Default, comment)
		}
		if err := t.Flush(); err != nil {
			return err
		}
		fmt.Fprintf(w, "%s  %s\n", nb.Name(), nb.Title())
		for line := range strings.Lines(table.String()) {
			fmt.Fprintln(w, strings.TrimRight(line, " \n"))
		}
	}
	return nil
}

// stripNotebooks removes the outputs of the notebook files.
func stripNotebooks(w io.Writer, notebooks []*notebook.Notebook) error {
	stripped := 0
	for _, nb := range notebooks {
		if !nb.Strip() {
			continue
		}
		if err := nb.WriteFile(nb.Path); err != nil {
			return err
		}
		stripped++
		fmt.Fprintln(w, nb.Path)
	}
	fmt.Fprintf(w, "outputs removed from %s\n", plural(stripped, "notebook"))
	return nil
}

// parseParams splits name=value arguments.
func parseParams(args []string) (map[string]string, error) {
	values := map[string]string{}
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("-p %s: not of the form name=value", arg)
		}
		values[name] = value
	}
	return values, nil
}

// setParams overrides parameters in all notebooks that have them. preset, if not
// empty, is the value of the parameter of that name. It returns an error for a value
// that is no notebook's parameter.
func setParams(notebooks []*notebook.Notebook, values map[string]string, preset string) error {
	if preset != "" && preset != "quick" && preset != "paper" {
		return fmt.Errorf("--preset %s: the presets are quick and paper", preset)
	}
	used := map[string]bool{}
	for _, nb := range notebooks {
		params, err := nb.Params()
		if err != nil {
			return err
		}
		own := map[string]string{}
		for _, p := range params {
			if v, ok := values[p.Name]; ok {
				own[p.Name], used[p.Name] = v, true
			} else if p.Name == "preset" && preset != "" {
				own[p.Name] = preset
			}
		}
		if err := nb.Inject(own); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !used[name] {
			return unknownParam(notebooks, name)
		}
	}
	return nil
}

// unknownParam returns an error that lists the parameters that exist.
func unknownParam(notebooks []*notebook.Notebook, name string) error {
	var have []string
	for _, nb := range notebooks {
		params, err := nb.Params()
		if err != nil {
			return err
		}
		var names []string
		for _, p := range params {
			names = append(names, p.Name)
		}
		if names == nil {
			names = []string{"none"}
		}
		have = append(have, nb.Name()+" has "+strings.Join(names, ", "))
	}
	return fmt.Errorf("no parameter %s: %s", name, strings.Join(have, "; "))
}
