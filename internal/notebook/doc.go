// Package notebook runs notebooks without a browser and without Python: it reads and
// writes nbformat 4, starts the GoNB kernel, speaks the Jupyter messaging protocol to
// it over ZeroMQ, and collects the outputs of the cells.
//
// One notebook goes through the package like this:
//
//	nb, err := notebook.Read("notebooks/01-theorem.ipynb")
//	err = nb.Inject(map[string]string{"preset": "paper"})
//	run := notebook.Execute(ctx, nb, notebook.Options{...})
//	nb.WriteFile("report/01-theorem.ipynb")   // now with its outputs
//
// A Run holds the tables of verdicts that the notebook showed, the time that each cell
// took, and the error that stopped it, if any. Package report turns runs into pages.
//
// Messages follow version 5.3 of the protocol,
// https://jupyter-client.readthedocs.io/en/stable/messaging.html, files
// https://nbformat.readthedocs.io/en/latest/format_description.html.
package notebook
