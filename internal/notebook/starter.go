package notebook

import "strings"

// Starter returns a notebook to begin one's own with: a small experiment that imports
// the checkout in root, from wherever the notebook lies. path is the file that it will
// be written to, whose name becomes the title.
func Starter(path, root string) *Notebook {
	nb := &Notebook{Path: path, Metadata: map[string]any{
		"kernelspec":    map[string]any{"name": KernelName, "display_name": displayName, "language": "go"},
		"language_info": map[string]any{"name": "go", "file_extension": ".go", "mimetype": "text/x-go"},
	}}
	prose := func(lines ...string) {
		nb.Cells = append(nb.Cells, &Cell{Type: Markdown, Source: strings.Join(lines, "\n")})
	}
	code := func(lines ...string) *Cell {
		c := &Cell{Type: Code, Source: strings.Join(lines, "\n")}
		nb.Cells = append(nb.Cells, c)
		return c
	}
	prose("# "+nb.Name(), "", "What does this notebook ask?")
	prose("The first cell makes the packages of " + modulePath + " available and keeps cells off the network: without `%noautoget` each would fetch modules, among them another version of the kernel's library.")
	code("!*test -f go.work || go work init . "+shellQuote(root), "%noautoget")
	code("import (", "\t\"context\"", "", "\t\"pnclab/plotting\"", "\t\"pnclab/pnc\"", ")")
	prose("What one may want to change; `papermill -p` finds this cell by its tag.")
	code("var (", "\tseed = 1   // of data and weights", "\txi   = 0.3 // scale of the initial weights", ")").Metadata =
		map[string]any{"tags": []any{parametersTag}}
	prose("An experiment is a value. It runs once: later calls, also those of other notebooks, return the stored outcome. `go doc pnclab/pnc` lists data, networks and settings.")
	code("func run() *pnc.Outcome {",
		"\treturn pnc.Must(pnc.Experiment{",
		"\t\tData: pnc.NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1},",
		"\t\tNet:  pnc.Linear(6, 50), Init: pnc.Orthogonal(xi), Seed: seed,",
		"\t\tTrain: pnc.Settings{LearningRate: 0.1, Alpha: 100, StopLoss: 3e-10, Epochs: 20000},",
		"\t}.Run(context.Background()))",
		"}")
	prose("Its measures, and the figure of compression over layers:")
	code("%%", "trained := plotting.Measured(\"trained network\", run().Evaluation)", "plotting.Show(plotting.Compression(trained), run().Evaluation)")
	return nb
}

// shellQuote returns a word for a shell that is s.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
