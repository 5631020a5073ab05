package notebook

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// CellError says which cell failed, where, and why. Cells are numbered as in Jupyter:
// In [1] is the first code cell.
type CellError struct {
	Notebook string
	Cell     int    // the cell that ran
	AtCell   int    // the cell that holds the faulty line, 0 if unknown
	Line     int    // in that cell, counted from 1
	Source   string // the line, or the first line of the cell that ran if unknown
	Reason   string

	cause error
}

// Error returns notebook, cell and reason on the first line and the source line on the
// second.
func (e *CellError) Error() string {
	s := fmt.Sprintf("%s, cell [%d]: %s", e.Notebook, e.Cell, e.Reason)
	switch {
	case e.Source == "":
	case e.AtCell == 0:
		s += fmt.Sprintf("\n    the cell begins: %s", e.Source)
	case e.AtCell == e.Cell:
		s += fmt.Sprintf("\n    line %d: %s", e.Line, e.Source)
	default:
		s += fmt.Sprintf("\n    cell [%d], line %d: %s", e.AtCell, e.Line, e.Source)
	}
	return s
}

func (e *CellError) Unwrap() error { return e.cause }

var (
	compilerLine = regexp.MustCompile(`^Cell\[(\d+)\]: Line (\d+)`)                  // in the traceback of a cell that did not compile
	runtimeLine  = regexp.MustCompile(`\[\[ Cell \[(\d+)\] Line (\d+) \]\]`)         // in a stack trace on the standard error stream
	programLine  = regexp.MustCompile(`^(.*[/\\]gonb_[0-9a-f]+[/\\]main\.go):(\d+)`) // there too, where GoNB missed it
	groupLine    = regexp.MustCompile(`^cell-(\d+)\.go:(\d+)`)                       // there, of a program of several cells; see cellgo
	exitStatus   = regexp.MustCompile(`^(exit status|signal:) `)
	logPrefix    = regexp.MustCompile(`^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(\.\d+)? `)
)

// newCellError describes why the i-th code cell failed. If the cause is errFailed, the
// reason is found in the cell's outputs.
func newCellError(nb *Notebook, i int, cause error) *CellError {
	cells := nb.CodeCells()
	e := &CellError{Notebook: nb.Name(), Cell: i + 1, Reason: cause.Error(), Source: firstLine(cells[i].Source), cause: cause}
	if errors.Is(cause, errFailed) {
		e.diagnose(cells[i].Outputs, func(text string) (cell, line int) { return findLine(cells[:i+1], text) })
	}
	if e.AtCell > len(cells) {
		e.AtCell = 0
	}
	if e.AtCell > 0 {
		if lines := strings.Split(cells[e.AtCell-1].Source, "\n"); e.Line <= len(lines) {
			e.Source = strings.TrimSpace(lines[e.Line-1])
		}
		if fields := strings.Fields(e.Source); cells[e.AtCell-1].HasTag(injectedTag) && len(fields) > 1 {
			e.Reason = fmt.Sprintf("parameter %s: %s", fields[1], e.Reason)
		}
	}
	return e
}

// diagnose finds the reason and the place in the outputs of the cell. find returns the
// cell and the line of a line of code, 0 if it is not in one place only.
func (e *CellError) diagnose(outputs []*Output, find func(text string) (cell, line int)) {
	var stderr strings.Builder
	for _, o := range outputs {
		switch {
		case o.Type == Stream && o.Name == "stderr":
			stderr.WriteString(o.Text)
		case o.Type == ErrorOutput && exitStatus.MatchString(o.EValue):
			e.Reason = o.EValue
			e.diagnoseProgram(PlainText(stderr.String()), find)
		case o.Type == ErrorOutput:
			e.diagnoseCompiler(o)
		}
	}
}

// diagnoseProgram finds the panic message, or else the last line, and the innermost
// line of a cell in what the program wrote before it ended. GoNB adds cell and line to a
// stack trace where it receives whole lines, which on a busy machine it does not always;
// the program is then still there to be looked up.
func (e *CellError) diagnoseProgram(stderr string, find func(text string) (cell, line int)) {
	panicking := false
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		switch {
		case panicking:
		case strings.HasPrefix(line, "panic: "), strings.HasPrefix(line, "fatal error: "):
			e.Reason, panicking = line, true
		case line != "" && !exitStatus.MatchString(line):
			e.Reason = logPrefix.ReplaceAllString(line, "")
		}
		if panicking && e.AtCell == 0 {
			if e.locate(runtimeLine.FindStringSubmatch(line)); e.AtCell > 0 {
				continue
			}
			if e.locate(groupLine.FindStringSubmatch(line)); e.AtCell > 0 {
				continue
			}
			if m := programLine.FindStringSubmatch(line); m != nil {
				e.AtCell, e.Line = find(fileLine(m[1], m[2]))
			}
		}
	}
}

// diagnoseCompiler finds the first message of the compiler or of goimports.
func (e *CellError) diagnoseCompiler(o *Output) {
	e.Reason = lastLine(PlainText(o.EValue))
	for _, entry := range o.Traceback {
		entry = PlainText(entry)
		if e.locate(compilerLine.FindStringSubmatch(entry)); e.AtCell > 0 {
			e.Reason = strings.TrimSuffix(lastLine(entry), "; to add it:")
			return
		}
	}
}

// locate stores the cell and line of a match, if there is one.
func (e *CellError) locate(match []string) {
	if match != nil {
		e.AtCell, _ = strconv.Atoi(match[1])
		e.Line, _ = strconv.Atoi(match[2])
	}
}

// fileLine returns a line of a file, "" if there is none.
func fileLine(path, number string) string {
	b, err := os.ReadFile(path)
	n, numberErr := strconv.Atoi(number)
	lines := strings.Split(string(b), "\n")
	if err != nil || numberErr != nil || n < 1 || n > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[n-1])
}

// findLine returns the cell and the line that hold a line of code, counted from 1; zeros
// if several do, or none.
func findLine(cells []*Cell, text string) (cell, line int) {
	if text == "" {
		return 0, 0
	}
	for i, c := range cells {
		for j, l := range strings.Split(c.Source, "\n") {
			if strings.TrimSpace(l) != text {
				continue
			}
			if cell != 0 {
				return 0, 0
			}
			cell, line = i+1, j+1
		}
	}
	return cell, line
}

// firstLine returns the first line of code after commands to the kernel.
func firstLine(source string) string {
	for line := range strings.Lines(source) {
		if line = strings.TrimSpace(line); line != "" && !isCommand(line) {
			return line
		}
	}
	return strings.TrimSpace(source)
}

// isCommand reports whether the line is a command to GoNB: %magic or !shell.
func isCommand(line string) bool {
	return strings.HasPrefix(line, "%") || strings.HasPrefix(line, "!")
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return strings.TrimSpace(s[strings.LastIndexByte(s, '\n')+1:])
}
