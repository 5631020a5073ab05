// Package report writes executed notebooks as a folder of pages that can be read
// offline, directly from disk:
//
//	index.html       the paper's claims and what the run found, then all notebooks:
//	                 a figure, verdicts and time of each, and where the numbers come from
//	NAME.html        one notebook: prose with formulas, code, figures; self-contained
//	NAME.ipynb       the executed notebook
//	figures/         the figures of all notebooks
//	results.json     every row of every table of verdicts, the claims, the provenance
//
// The pages load nothing from elsewhere. Their scripts are one that hides code and those
// of interactive outputs; formulas are MathML.
package report
