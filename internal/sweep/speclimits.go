package sweep

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// Limits of files of sweeps. The parser takes up to 350 bytes for each byte of a file, and
// a time and memory that grow with the square of the depth.
const (
	largestSpec  = 160 << 10 // bytes
	deepestSpec  = 100       // brackets, or dashes at the beginning of a line, in one another
	widestIndent = 400       // columns before the text of a line
	mostMarks    = 1000      // & and !, of anchors and tags
	nodeMemory   = 256       // bytes that a value takes as JSON and after that, at most
)

// readLimited reads a file that is not larger than files of sweeps are.
func readLimited(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, largestSpec+1))
	if err == nil && len(text) > largestSpec {
		err = fmt.Errorf("larger than %d kB; write values that follow a rule as a range, such as 1..10, or split the sweep", largestSpec>>10)
	}
	return text, err
}

// tooDeep returns the line at which a text is nested more deeply than a sweep is, 0 if
// it is nowhere. It counts brackets in texts, too, of which no sweep has many.
func tooDeep(text []byte) int {
	open, marks, number := 0, 0, 0
	for line := range bytes.Lines(text) {
		number++
		start := bytes.TrimLeft(line, " \t-?")
		lead := line[:len(line)-len(start)]
		if bytes.Count(lead, []byte("-"))+bytes.Count(lead, []byte("?")) > deepestSpec || len(lead) > widestIndent {
			return number
		}
		for _, c := range line {
			switch c {
			case '[', '{':
				open++
			case ']', '}':
				open = max(0, open-1)
			case '&', '!':
				marks++
			}
			if open > deepestSpec || marks > mostMarks {
				return number
			}
		}
	}
	return 0
}
