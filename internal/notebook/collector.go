package notebook

import (
	"slices"
	"strings"

	"pnclab/pnc"
)

// displays holds the outputs that have a display id. A later message, even of another
// cell, may update them.
type displays map[string][]*Output

const (
	// DefaultOutputLimit is what the outputs of a cell may take, in bytes. The largest of
	// the notebooks of this checkout take a tenth of it.
	DefaultOutputLimit = 32 << 20
	// textShare is the part of the limit that is for one text: nobody reads megabytes.
	textShare = 16
	// perOutput is what an output takes beside its data, in memory and in a page.
	perOutput = 256
)

// collector builds the outputs of one cell from the messages that it causes. They take no
// more than a limit: the middle of long texts is left out, and so are outputs between the
// first and the latest, but for tables of verdicts.
type collector struct {
	cell     *Cell
	displays displays
	limit    int    // in bytes
	clear    bool   // clear_output(wait): drop the outputs when the next one arrives
	latest   string // the last line of output, for progress

	parts map[*Output]*part
	total int     // size of all parts
	first int     // number of outputs that stay at the beginning, once the limit has been reached
	gap   *Output // behind these, a line that says how much was left out; nil before
	left  int     // bytes left out with whole outputs
}

// part is what a collector knows of an output.
type part struct {
	size    int    // estimated, in bytes
	display string // its display id, if it has one
	text    *clip  // of a stream, which is still growing
	lost    int    // size of the data that a line has replaced
}

// leftOut returns the number of bytes that are missing.
func (p *part) leftOut() int {
	if p.text != nil {
		return p.text.left
	}
	return p.lost
}

func newCollector(cell *Cell, shared displays, limit int) *collector {
	cell.Outputs, cell.Count = nil, 0
	return &collector{cell: cell, displays: shared, limit: limit, parts: map[*Output]*part{}}
}

// add processes one message from the kernel's iopub channel. Messages that display
// nothing are ignored.
func (c *collector) add(m message) {
	switch m.header.Type {
	case "stream":
		c.addStream(m.text("name"), m.text("text"))
	case DisplayData:
		if line, ok := object(m.content["data"])[pnc.ProgressMIME].(string); ok {
			c.setLatest(line)
			return
		}
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
			if c.parts[o] != nil { // else it is another cell's
				c.measure(o)
			}
		}
		c.leaveOut()
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
	c.parts[o] = &part{display: displayID}
	if o.Type == Stream {
		c.parts[o].text = &clip{limit: c.limit / textShare}
	}
	if displayID != "" {
		c.displays[displayID] = append(c.displays[displayID], o)
	}
	c.note(o.Data)
	c.measure(o)
	c.leaveOut()
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
	}
	c.parts[last].text.Write(text)
	c.measure(last)
	c.leaveOut()
	c.setLatest(text)
}

// measure notes the size of an output. One that is larger than the limit by itself is
// replaced by a line.
func (c *collector) measure(o *Output) {
	p := c.parts[o]
	size := sizeOf(o)
	p.lost = 0
	if p.text != nil {
		size += p.text.size()
	}
	if size > c.limit && o.Type != Stream && o.Data[pnc.VerdictsMIME] == nil {
		p.lost = size - perOutput
		*o = Output{Type: DisplayData, Data: map[string]any{"text/plain": leftOut(p.lost)}}
		size = sizeOf(o)
	}
	c.total += size - p.size
	p.size = size
}

// sizeOf estimates what an output takes, but for the text of a stream.
func sizeOf(o *Output) int {
	size := perOutput + len(o.EName) + len(o.EValue)
	for _, line := range o.Traceback {
		size += len(line)
	}
	for _, v := range o.Data {
		size += sizeOfJSON(v)
	}
	return size
}

func sizeOfJSON(v any) int {
	size := 16
	switch v := v.(type) {
	case string:
		size += len(v)
	case []any:
		for _, e := range v {
			size += sizeOfJSON(e)
		}
	case map[string]any:
		for key, e := range v {
			size += len(key) + sizeOfJSON(e)
		}
	}
	return size
}

// leaveOut drops outputs if all take more than the limit: the oldest ones behind those
// that were there when the first half was full, until an eighth of the limit is free, so
// that it need not be done again soon.
func (c *collector) leaveOut() {
	if c.total <= c.limit {
		return
	}
	outputs := c.cell.Outputs
	if c.gap == nil {
		for size := 0; c.first < len(outputs)-1; c.first++ {
			if size += c.parts[outputs[c.first]].size; size > c.limit/2 {
				break
			}
		}
		c.gap = &Output{Type: Stream, Name: "stdout"}
		outputs = slices.Insert(outputs, c.first, c.gap)
		c.parts[c.gap] = &part{text: &clip{limit: c.limit}}
	}
	kept := outputs[:c.first+1]
	for i := c.first + 1; i < len(outputs); i++ {
		o := outputs[i]
		if isLast := i == len(outputs)-1; isLast || c.total <= c.limit*7/8 || o.Data[pnc.VerdictsMIME] != nil {
			kept = append(kept, o)
			continue
		}
		c.left += c.parts[o].size - perOutput + c.parts[o].leftOut()
		c.forget(o)
	}
	clear(outputs[len(kept):])
	c.cell.Outputs = kept
	c.parts[c.gap].text = &clip{limit: c.limit, text: []byte(leftOut(c.left) + "\n")}
}

// forget drops an output that is no longer the cell's.
func (c *collector) forget(o *Output) {
	p := c.parts[o]
	c.total -= p.size
	delete(c.parts, o)
	if p.display == "" {
		return
	}
	if others := slices.DeleteFunc(c.displays[p.display], func(d *Output) bool { return d == o }); len(others) > 0 {
		c.displays[p.display] = others
	} else {
		delete(c.displays, p.display)
	}
}

// leftOut returns the number of bytes that were left out.
func (c *collector) leftOut() int {
	n := c.left
	for o, p := range c.parts {
		if o != c.gap {
			n += p.leftOut()
		}
	}
	return n
}

// note records the plain text of an output as the latest line.
func (c *collector) note(data map[string]any) {
	for _, mime := range []string{"text/plain", pnc.ProgressMIME} {
		if s, ok := data[mime].(string); ok {
			c.setLatest(s)
		}
	}
}

func (c *collector) setLatest(text string) {
	const most = 4 << 10 // for progress
	text = strings.ToValidUTF8(text[max(0, len(text)-most):], "")
	text = strings.TrimRight(PlainText(text), " \r\n")
	if i := strings.LastIndexAny(text, "\r\n"); i >= 0 {
		text = text[i+1:]
	}
	if text = strings.TrimSpace(text); text != "" {
		c.latest = text
	}
}

func (c *collector) drop() {
	for _, o := range c.cell.Outputs {
		c.forget(o)
	}
	c.cell.Outputs, c.clear = nil, false
	c.first, c.gap, c.left = 0, nil, 0
}

// finish stores the texts of the streams in the outputs. It may be called again after
// more messages.
func (c *collector) finish() {
	for o, p := range c.parts {
		if p.text != nil {
			o.Text = p.text.String()
		}
	}
}
