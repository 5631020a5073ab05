package notebook

import "strings"

// displays holds the outputs that have a display id. A later message, even of another
// cell, may update them.
type displays map[string][]*Output

// collector builds the outputs of one cell from the messages that it causes.
type collector struct {
	cell     *Cell
	displays displays
	clear    bool                         // clear_output(wait): drop the outputs when the next one arrives
	streams  map[*Output]*strings.Builder // texts that are still growing
	latest   string                       // the last line of output, for progress
}

func newCollector(cell *Cell, shared displays) *collector {
	cell.Outputs, cell.Count = nil, 0
	return &collector{cell: cell, displays: shared, streams: map[*Output]*strings.Builder{}}
}

// add processes one message from the kernel's iopub channel. Messages that display
// nothing are ignored.
func (c *collector) add(m message) {
	switch m.header.Type {
	case "stream":
		c.addStream(m.text("name"), m.text("text"))
	case DisplayData:
		c.append(&Output{Type: DisplayData, Data: object(m.content["data"]), Metadata: object(m.content["metadata"])}, m.displayID())
	case ExecuteResult:
		c.append(&Output{
			Type: ExecuteResult, Data: object(m.content["data"]), Metadata: object(m.content["metadata"]),
			Count: integer(m.content["execution_count"]),
		}, m.displayID())
	case ErrorOutput:
		c.append(&Output{
			Type: ErrorOutput, EName: m.text("ename"), EValue: m.text("evalue"), Traceback: stringList(m.content["traceback"]),
		}, "")
	case "update_display_data":
		for _, o := range c.displays[m.displayID()] {
			o.Data, o.Metadata = object(m.content["data"]), object(m.content["metadata"])
		}
		c.note(object(m.content["data"]))
	case "clear_output":
		if wait, _ := m.content["wait"].(bool); wait {
			c.clear = true
		} else {
			c.drop()
		}
	}
}

func (c *collector) append(o *Output, displayID string) {
	if c.clear {
		c.drop()
	}
	c.cell.Outputs = append(c.cell.Outputs, o)
	if displayID != "" {
		c.displays[displayID] = append(c.displays[displayID], o)
	}
	c.note(o.Data)
}

// addStream appends to the last output if that is the same stream.
func (c *collector) addStream(name, text string) {
	var last *Output
	if n := len(c.cell.Outputs); n > 0 && !c.clear {
		last = c.cell.Outputs[n-1]
	}
	if last == nil || last.Type != Stream || last.Name != name {
		last = &Output{Type: Stream, Name: name}
		c.append(last, "")
		c.streams[last] = &strings.Builder{}
	}
	c.streams[last].WriteString(text)
	c.setLatest(text)
}

// note records the plain text of an output as the latest line.
func (c *collector) note(data map[string]any) {
	if s, ok := data["text/plain"].(string); ok {
		c.setLatest(s)
	}
}

func (c *collector) setLatest(text string) {
	text = strings.TrimRight(PlainText(text), " \r\n")
	if i := strings.LastIndexAny(text, "\r\n"); i >= 0 {
		text = text[i+1:]
	}
	if text = strings.TrimSpace(text); text != "" {
		c.latest = text
	}
}

func (c *collector) drop() {
	c.cell.Outputs, c.clear = nil, false
	clear(c.streams)
}

// finish stores the texts of the streams in the outputs. It may be called again after
// more messages.
func (c *collector) finish() {
	for o, b := range c.streams {
		o.Text = overwrite(b.String())
	}
}
