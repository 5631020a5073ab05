package notebook

import (
	"fmt"
	"strings"
	"testing"
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
		{"clear", []message{stream("stdout", "a"), clearOutput(false)}, " | a"},
		{"clear, wait", []message{stream("stdout", "a"), clearOutput(true)}, "stdout:a | a"},
		{"clear, wait, stream", []message{stream("stdout", "a"), clearOutput(true), stream("stdout", "b")}, "stdout:b | b"},
		{"clear, wait, display", []message{stream("stdout", "a"), clearOutput(true), show(DisplayData, "", "b")}, "data:b | b"},
		{"ignored", []message{{header: header{Type: "execute_input"}}, {header: header{Type: "status"}}}, " | "},
	} {
		c := newCollector(&Cell{Outputs: []*Output{{}}}, displays{})
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
	first, second := newCollector(&Cell{}, shared), newCollector(&Cell{}, shared)
	first.add(show(DisplayData, "x", "1"))
	second.add(show("update_display_data", "x", "2"))
	if got := first.cell.Outputs[0].Data["text/plain"]; got != "2" || len(second.cell.Outputs) != 0 {
		t.Errorf("the first cell shows %v, the second %d outputs", got, len(second.cell.Outputs))
	}
}
