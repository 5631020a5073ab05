package notebook

import (
	"slices"
	"strings"
)

// Title returns the first heading of the notebook, or its name if there is none.
func (nb *Notebook) Title() string {
	title, _ := nb.opening()
	return title
}

// Abstract returns the first paragraph after the title, as Markdown on one line.
func (nb *Notebook) Abstract() string {
	_, abstract := nb.opening()
	return abstract
}

// opening finds the title and the first paragraph in the leading Markdown cells.
func (nb *Notebook) opening() (title, abstract string) {
	var paragraph []string
scan:
	for _, c := range nb.Cells {
		if c.Type != Markdown {
			break
		}
		for _, line := range append(strings.Split(c.Source, "\n"), "") {
			line = strings.TrimSpace(line)
			switch {
			case strings.HasPrefix(line, "#"):
				if title != "" {
					break scan
				}
				title = strings.TrimSpace(strings.TrimLeft(line, "#"))
			case line == "" && len(paragraph) > 0:
				break scan
			case line != "" && title != "":
				paragraph = append(paragraph, line)
			}
		}
	}
	if title == "" {
		title = nb.Name()
	}
	return title, strings.Join(paragraph, " ")
}

// CodeCells returns the code cells that are not empty, which are those that are
// executed, in order: cell i has the execution count i+1.
func (nb *Notebook) CodeCells() []*Cell {
	var cells []*Cell
	for _, c := range nb.Cells {
		if c.Type == Code && strings.TrimSpace(c.Source) != "" {
			cells = append(cells, c)
		}
	}
	return cells
}

// HasTag reports whether the cell's metadata lists the tag.
func (c *Cell) HasTag(tag string) bool {
	return slices.Contains(stringList(c.Metadata["tags"]), tag)
}
