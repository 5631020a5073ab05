package notebook

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pnclab/pnc"
)

func stream(name, text string) message {
	return message{header: header{Type: "stream"}, content: map[string]any{"name": name, "text": text}}
}

func show(kind, id, text string) message {
	return message{header: header{Type: kind}, content: map[string]any{
		"data":      map[string]any{"text/plain": text},
		"transient": map[string]any{"display_id": id},
	}}
}

// told is a message about the progress of a cell.
func told(kind, line string) message {
	return message{header: header{Type: kind}, content: map[string]any{
		"data":      map[string]any{pnc.ProgressMIME: line},
		"transient": map[string]any{"display_id": "p"},
	}}
}

func clearOutput(wait bool) message {
	return message{header: header{Type: "clear_output"}, content: map[string]any{"wait": wait}}
}

func TestCollector(t *testing.T) {
	for _, test := range []struct {
		name     string
		messages []message
		want     string // outputs, and the latest line
	}{
		{"streams join", []message{stream("stdout", "a"), stream("stdout", "b\n"), stream("stderr", "c"), stream("stdout", "d")}, "stdout:ab\n stderr:c stdout:d | d"},
		{"carriage return", []message{stream("stdout", "step 1\rstep"), stream("stdout", " 2\rstep 3\ndone\r\n")}, "stdout:step 3\ndone\n | done"},
		{"colours in progress", []message{stream("stdout", "\x1b[1m10 %\x1b[0m")}, "stdout:\x1b[1m10 %\x1b[0m | 10 %"},
		{"update", []message{show(DisplayData, "x", "1"), show(DisplayData, "y", "2"), show("update_display_data", "x", "3")}, "data:3 data:2 | 3"},
		{"update of nothing", []message{show("update_display_data", "x", "3")}, " | 3"},
		{"progress", []message{stream("stdout", "sweep …\n"), told(DisplayData, "1 of 2"), told("update_display_data", "2 of 2")}, "stdout:sweep …\n | 2 of 2"},
		{"clear", []message{stream("stdout", "a"), clearOutput(false)}, " | a"},
		{"clear, wait", []message{stream("stdout", "a"), clearOutput(true)}, "stdout:a | a"},
		{"clear, wait, stream", []message{stream("stdout", "a"), clearOutput(true), stream("stdout", "b")}, "stdout:b | b"},
		{"clear, wait, display", []message{stream("stdout", "a"), clearOutput(true), show(DisplayData, "", "b")}, "data:b | b"},
		{"ignored", []message{{header: header{Type: "execute_input"}}, {header: header{Type: "status"}}}, " | "},
	} {
		c := newCollector(&Cell{Outputs: []*Output{{}}}, displays{}, DefaultOutputLimit)
		for _, m := range test.messages {
			c.add(m)
			c.finish() // may come at any time, and again
		}
		var parts []string
		for _, o := range c.cell.Outputs {
			if o.Type == Stream {
				parts = append(parts, o.Name+":"+o.Text)
			} else {
				parts = append(parts, fmt.Sprint("data:", o.Data["text/plain"]))
			}
		}
		if got := strings.Join(parts, " ") + " | " + c.latest; got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestUpdateReachesEarlierCell(t *testing.T) {
	shared := displays{}
	first, second := newCollector(&Cell{}, shared, DefaultOutputLimit), newCollector(&Cell{}, shared, DefaultOutputLimit)
	first.add(show(DisplayData, "x", "1"))
	second.add(show("update_display_data", "x", "2"))
	if got := first.cell.Outputs[0].Data["text/plain"]; got != "2" || len(second.cell.Outputs) != 0 {
		t.Errorf("the first cell shows %v, the second %d outputs", got, len(second.cell.Outputs))
	}
}

// TestLimit prints and shows more than the limit, in one text, in many, and in displays of
// all sizes. What is kept takes no more than the limit and begins and ends with what came
// first and last, what is not is counted, and tables of verdicts stay.
func TestLimit(t *testing.T) {
	const limit = 1 << 18
	table := message{header: header{Type: DisplayData}, content: map[string]any{"data": map[string]any{pnc.VerdictsMIME: "{}"}}}
	for _, test := range []struct {
		name     string
		messages func(i int) []message
		n        int
	}{
		{"one text", func(i int) []message { return []message{stream("stdout", fmt.Sprintf("line %07d\n", i))} }, 30_000},
		{"text in one line", func(i int) []message { return []message{stream("stdout", fmt.Sprintf("ελ %07d ", i))} }, 30_000},
		{"two streams", func(i int) []message {
			return []message{stream("stdout", fmt.Sprintf("line %07d\n", i)), stream("stderr", fmt.Sprintf("line %07d\n", i))}
		}, 6000},
		{"displays", func(i int) []message {
			return []message{show(DisplayData, fmt.Sprint(i), fmt.Sprintf("line %07d\n%s", i, strings.Repeat("x", i%1000)))}
		}, 1500},
		{"a display that grows", func(i int) []message {
			kind := "update_display_data"
			if i == 0 {
				kind = DisplayData
			}
			return []message{show(kind, "id", fmt.Sprintf("line %07d\n%s", i, strings.Repeat("x", 20_000*i)))}
		}, 60},
	} {
		c := newCollector(&Cell{}, displays{}, limit)
		c.add(table)
		sent := 0
		for i := range test.n {
			if i == test.n/2 {
				c.add(table)
			}
			for _, m := range test.messages(i) {
				sent += sizeOfJSON(m.content)
				c.add(m)
			}
			if c.total > limit {
				t.Fatalf("%s: %d bytes after %d messages", test.name, c.total, i)
			}
		}
		c.finish()
		var text strings.Builder
		size, tables := 0, 0
		for _, o := range c.cell.Outputs {
			size += sizeOf(o) + len(o.Text)
			if o.Data[pnc.VerdictsMIME] != nil {
				tables++
				continue
			}
			fmt.Fprint(&text, o.Text, o.Data["text/plain"])
		}
		if all := text.String(); test.name != "a display that grows" {
			if !strings.Contains(all[:20], "0000000") || !strings.Contains(all[len(all)-1100:], fmt.Sprintf("%07d", test.n-1)) {
				t.Errorf("%s: begins with %.20q, ends in %q", test.name, all, all[len(all)-50:])
			}
		}
		marked := regexp.MustCompile(`… ([0-9.]+) MB left out …`).FindAllStringSubmatch(text.String(), -1)
		marks, rounding := 0.0, 0.01
		for _, m := range marked {
			mb, _ := strconv.ParseFloat(m[1], 64)
			marks += mb
			if rounding += 0.05; mb >= 10 {
				rounding += 0.45
			}
		}
		if !utf8.ValidString(text.String()) || len(marked) == 0 || size > limit+perOutput || tables != 2 {
			t.Errorf("%s: %d bytes, %d marks, %d tables", test.name, size, len(marked), tables)
		}
		if left := float64(c.leftOut()) / 1e6; math.Abs(left-marks) > rounding || c.leftOut() >= sent || len(c.displays) > len(c.cell.Outputs) {
			t.Errorf("%s: %.2f MB of %d bytes were left out, the marks say %.2f; %d displays", test.name, left, sent, marks, len(c.displays))
		}
	}
}

// TestProgressIsNotLong overwrites a line more often than the limit has bytes.
func TestProgressIsNotLong(t *testing.T) {
	c := newCollector(&Cell{}, displays{}, 1<<16)
	for i := range 30_000 {
		c.add(stream("stdout", fmt.Sprintf("\rstep %d", i)))
		if i%7 == 0 {
			c.add(stream("stdout", "\r"))
		}
	}
	c.finish()
	if got := c.cell.Outputs[0].Text; got != "step 29999" || c.leftOut() > 0 {
		t.Errorf("%.100q, %d bytes left out", got, c.leftOut())
	}
}
