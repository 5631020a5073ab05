package notebook

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Percent returns the notebook as plain text for reading and comparing: each cell
// below a line "// %%" with its type, unless it is code, and its tags, as jupytext
// writes them, but prose as it is. With outputs, their text follows behind "//>", and
// of pictures and other data type and size. Metadata are left out.
func (nb *Notebook) Percent(outputs bool) string {
	var b strings.Builder
	for i, c := range nb.Cells {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString("// %%")
		if c.Type != Code {
			fmt.Fprintf(&b, " [%s]", c.Type)
		}
		if tags := stringList(c.Metadata["tags"]); len(tags) > 0 {
			fmt.Fprintf(&b, " tags=%q", tags)
		}
		b.WriteString("\n")
		writeLines(&b, "", c.Source)
		for _, name := range slices.Sorted(maps.Keys(object(c.rest["attachments"]))) {
			fmt.Fprintf(&b, "//> attachment %s\n", name)
		}
		if !outputs {
			continue
		}
		for _, o := range c.Outputs {
			writeLines(&b, "//> ", o.plain())
		}
	}
	return b.String()
}

// plain returns an output as text.
func (o *Output) plain() string {
	switch o.Type {
	case Stream:
		return o.Text
	case ErrorOutput:
		return PlainText(strings.Join(append([]string{o.EName + ": " + o.EValue}, o.Traceback...), "\n"))
	}
	if text, ok := o.Data["text/plain"].(string); ok {
		return text
	}
	var parts []string
	for _, mime := range slices.Sorted(maps.Keys(o.Data)) {
		text, ok := o.Data[mime].(string)
		if !ok {
			b, _ := json.Marshal(o.Data[mime]) // it was read from JSON
			text = string(b)
		}
		parts = append(parts, fmt.Sprintf("[%s, %d bytes]", mime, len(text)))
	}
	return strings.Join(parts, " ")
}

// writeLines writes the lines of a text, each behind the prefix.
func writeLines(b *strings.Builder, prefix, text string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n"); line == "" {
			line = strings.TrimRight(prefix, " ")
		} else {
			line = prefix + line
		}
		b.WriteString(line + "\n")
	}
}
