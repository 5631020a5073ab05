// Package report writes what executed notebooks show as a folder of pages
// that can be read offline, straight from the disk:
//
//	index.html       all notebooks: figures, verdicts, times
//	NAME.html        one notebook: prose with formulas, code, figures; self-contained
//	NAME.ipynb       the executed notebook
//	figures/         the figures of all notebooks
//	results.json     every row of every verdict table
//
// The pages hold no script of their own and load nothing from elsewhere;
// formulas are MathML. Interactive outputs bring their own script along.
package report
