// Package report writes executed notebooks as a folder of pages that can be read
// offline, directly from disk:
//
//	index.html       all notebooks: figures, verdicts, times
//	NAME.html        one notebook: prose with formulas, code, figures; self-contained
//	NAME.ipynb       the executed notebook
//	figures/         the figures of all notebooks
//	results.json     every row of every table of verdicts
//
// The pages load nothing from elsewhere and have no scripts except those of
// interactive outputs; formulas are MathML.
package report
