package notebook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"pnclab/internal/atomicfile"
	"pnclab/internal/budget"
	"pnclab/internal/oneline"
)

// Cell types of nbformat.
const (
	Code     = "code"
	Markdown = "markdown"
	Raw      = "raw"
)

// Output types of nbformat.
const (
	Stream        = "stream"
	DisplayData   = "display_data"
	ExecuteResult = "execute_result"
	ErrorOutput   = "error"
)

// Notebook is a notebook of nbformat 4.
type Notebook struct {
	Path     string // the file it was read from
	Cells    []*Cell
	Metadata map[string]any

	minor json.Number // nbformat_minor; "" means the newest
}

// Cell is one cell. Only code cells have Outputs and Count.
type Cell struct {
	Type     string // Code, Markdown or Raw
	Source   string
	Metadata map[string]any
	Outputs  []*Output
	Count    int // the execution count; 0 means not executed

	rest map[string]any // id and attachments, unchanged
}

// Output is an output of a code cell. Which fields are used depends on the type.
type Output struct {
	Type string

	Name, Text string // Stream: "stdout" or "stderr"

	Data     map[string]any // DisplayData and ExecuteResult: by MIME type, a string or a JSON value
	Metadata map[string]any
	Count    int // ExecuteResult

	EName, EValue string // ErrorOutput
	Traceback     []string
}

// Read reads a notebook file. Errors are one line that names the file and says what
// to do.
func Read(path string) (*Notebook, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	nb, err := decode(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; restore it with git, or save it again from Jupyter", path, oneline.Error(err))
	}
	nb.Path = path
	return nb, nil
}

// Name returns the file name without its extension.
func (nb *Notebook) Name() string {
	return strings.TrimSuffix(filepath.Base(nb.Path), ".ipynb")
}

// WriteFile writes the notebook as the Python package nbformat does: with sorted keys,
// indented by one space, and texts as lists of lines. The file is replaced as a whole.
func (nb *Notebook) WriteFile(path string) error {
	b, err := nb.encode()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return atomicfile.WriteFile(path, b)
}

// Strip removes all outputs and execution counts, and what else depends on who opened
// the notebook last. It reports whether there was anything to remove.
func (nb *Notebook) Strip() bool {
	changed := false
	for _, c := range nb.Cells {
		changed = changed || len(c.Outputs) > 0 || c.Count != 0
		c.Outputs, c.Count = nil, 0
	}
	if object(nb.Metadata["kernelspec"])["name"] == KernelName && !reflect.DeepEqual(nb.Metadata["language_info"], storedLanguage()) {
		nb.Metadata["language_info"], changed = storedLanguage(), true
	}
	return changed
}

// storedLanguage returns the description of the language in stored notebooks. It is
// what the kernel says, which JupyterLab puts into a notebook that it opens, with the
// version of Go that this was written with: a notebook that is only looked at, with
// that version, is not changed.
func storedLanguage() map[string]any {
	return map[string]any{
		"name": "go", "version": "go1.26.8", "file_extension": ".go", "mimetype": "text/x-go",
		"codemirror_mode": "", "nbconvert_exporter": "", "pygments_lexer": "",
	}
}

func decode(b []byte) (*Notebook, error) {
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if err := checkText(b); err != nil {
		return nil, err
	}
	// Of a map, an any with a string or a number, and a key of a map with its value.
	if err := budget.JSON(b, budget.Cost{Object: 400, Element: 64, Field: 128, Depth: 1000}); err != nil {
		return nil, err
	}
	var top map[string]any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber() // numbers in metadata keep their digits
	if err := d.Decode(&top); errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty")
	} else if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errors.New("the file is truncated")
	} else if err != nil {
		return nil, fmt.Errorf("not a notebook: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the end of the notebook")
	}
	if v, _ := top["nbformat"].(json.Number); v != "4" {
		return nil, fmt.Errorf("not a notebook of nbformat 4 (nbformat is %v)", top["nbformat"])
	}
	cells, ok := top["cells"].([]any)
	if !ok {
		return nil, errors.New("the notebook has no list of cells")
	}
	nb := &Notebook{Metadata: object(top["metadata"])}
	nb.minor, _ = top["nbformat_minor"].(json.Number)
	for i, v := range cells {
		c, err := decodeCell(v)
		if err != nil {
			return nil, fmt.Errorf("cell %d: %w", i+1, err)
		}
		nb.Cells = append(nb.Cells, c)
	}
	return nb, nil
}

// checkText returns an error if a file is not UTF-8, which JSON has to be.
func checkText(b []byte) error {
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		return errors.New("the text is UTF-16, not UTF-8")
	}
	if utf8.Valid(b) {
		return nil
	}
	line := 1
	for part := range bytes.Lines(b) {
		if !utf8.Valid(part) {
			break
		}
		line++
	}
	return fmt.Errorf("line %d is not UTF-8 (Latin-1?)", line)
}

func decodeCell(v any) (*Cell, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("not a JSON object")
	}
	c := &Cell{
		Metadata: object(m["metadata"]),
		Count:    integer(m["execution_count"]),
		rest:     map[string]any{},
	}
	for _, key := range []string{"id", "attachments"} {
		if v, ok := m[key]; ok {
			c.rest[key] = v
		}
	}
	if c.Type, ok = m["cell_type"].(string); !ok {
		return nil, errors.New("no cell_type")
	}
	if c.Type != Code && c.Type != Markdown && c.Type != Raw {
		return nil, fmt.Errorf("cell_type is %q, not code, markdown or raw", c.Type)
	}
	if c.Source, ok = multiline(m["source"]); !ok {
		return nil, errors.New("source is neither a string nor a list of strings")
	}
	c.Source = strings.ReplaceAll(c.Source, "\r\n", "\n") // the kernel's commands end at the line
	outputs, _ := m["outputs"].([]any)
	for _, v := range outputs {
		o, ok := v.(map[string]any)
		if !ok {
			return nil, errors.New("an output is not a JSON object")
		}
		out := decodeOutput(o)
		if !slices.Contains([]string{Stream, DisplayData, ExecuteResult, ErrorOutput}, out.Type) {
			return nil, fmt.Errorf("an output has the unknown type %q", out.Type)
		}
		c.Outputs = append(c.Outputs, out)
	}
	return c, nil
}

func decodeOutput(m map[string]any) *Output {
	o := &Output{Data: object(m["data"]), Metadata: object(m["metadata"]), Count: integer(m["execution_count"])}
	o.Type, _ = m["output_type"].(string)
	o.Name, _ = m["name"].(string)
	o.Text, _ = multiline(m["text"])
	o.EName, _ = m["ename"].(string)
	o.EValue, _ = m["evalue"].(string)
	o.Traceback = stringList(m["traceback"])
	for mime, v := range o.Data {
		if s, ok := multiline(v); ok && !isJSON(mime) {
			o.Data[mime] = s
		}
	}
	return o
}

func (nb *Notebook) encode() ([]byte, error) {
	minor := nb.minor
	if minor == "" {
		minor = "5"
	}
	cells := []any{}
	ids := cellIDs(nb.Cells)
	for i, c := range nb.Cells {
		m := encodeCell(c)
		delete(m, "id")
		if n, err := minor.Int64(); err != nil || n >= 5 { // cells have ids from nbformat 4.5 on, and none before
			m["id"] = ids[i]
		}
		cells = append(cells, m)
	}
	top := map[string]any{"nbformat": 4, "nbformat_minor": minor, "cells": cells, "metadata": validMetadata(nb.Metadata)}
	var b bytes.Buffer
	e := json.NewEncoder(&b) // encoding/json sorts the keys of maps
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(top)
	return b.Bytes(), err
}

var validID = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// cellIDs returns the ids of the cells, with new ones for cells that have none, one
// that nbformat does not permit, or that of a cell before.
func cellIDs(cells []*Cell) []string {
	ids := make([]string, len(cells))
	used := map[string]bool{}
	for i, c := range cells {
		if id, _ := c.rest["id"].(string); validID.MatchString(id) && !used[id] {
			ids[i], used[id] = id, true
		}
	}
	for i := range ids {
		for n := i + 1; ids[i] == ""; n += len(cells) {
			if id := fmt.Sprintf("cell-%d", n); !used[id] {
				ids[i], used[id] = id, true
			}
		}
	}
	return ids
}

// validMetadata returns the metadata of a notebook with the keys that nbformat
// requires if their object is there.
func validMetadata(metadata map[string]any) map[string]any {
	out := maps.Clone(object(metadata))
	if spec, ok := out["kernelspec"].(map[string]any); ok {
		spec = maps.Clone(spec)
		for _, key := range []string{"name", "display_name"} {
			if _, ok := spec[key].(string); !ok {
				spec[key] = KernelName
			}
		}
		out["kernelspec"] = spec
	}
	if info, ok := out["language_info"].(map[string]any); ok {
		if _, ok := info["name"].(string); !ok {
			info = maps.Clone(info)
			info["name"] = "go"
			out["language_info"] = info
		}
	}
	return out
}

func encodeCell(c *Cell) map[string]any {
	m := map[string]any{"cell_type": c.Type, "metadata": object(c.Metadata), "source": splitLines(c.Source)}
	maps.Copy(m, c.rest)
	if c.Type != Code {
		return m
	}
	delete(m, "attachments") // only texts have them
	outputs := []any{}
	for _, o := range c.Outputs {
		outputs = append(outputs, encodeOutput(o))
	}
	m["outputs"], m["execution_count"] = outputs, nil
	if c.Count > 0 {
		m["execution_count"] = c.Count
	}
	return m
}

func encodeOutput(o *Output) map[string]any {
	m := map[string]any{"output_type": o.Type}
	switch o.Type {
	case Stream:
		m["name"], m["text"] = o.Name, splitLines(o.Text)
	case ErrorOutput:
		m["ename"], m["evalue"], m["traceback"] = o.EName, o.EValue, o.Traceback
	case ExecuteResult:
		m["execution_count"] = o.Count
		fallthrough
	default:
		data := maps.Clone(o.Data)
		for mime, v := range data {
			if s, ok := v.(string); ok && (strings.HasPrefix(mime, "text/") || mime == "image/svg+xml" || mime == "application/javascript") {
				data[mime] = splitLines(s)
			}
		}
		m["data"], m["metadata"] = data, object(o.Metadata)
	}
	return m
}

// isJSON reports whether values of the MIME type are JSON, in which a list is a list
// and not the lines of a text.
func isJSON(mime string) bool {
	return mime == "application/json" || strings.HasSuffix(mime, "+json")
}

// multiline returns a text that nbformat stores as a string or as a list of lines.
func multiline(v any) (string, bool) {
	if s, ok := v.(string); ok {
		return s, true
	}
	list, ok := v.([]any)
	if !ok {
		return "", false
	}
	var b strings.Builder
	for _, l := range list {
		s, ok := l.(string)
		if !ok {
			return "", false
		}
		b.WriteString(s)
	}
	return b.String(), true
}

// splitLines splits a text into lines that keep their line ends.
func splitLines(s string) []string {
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// object returns v if it is a JSON object, else an empty one.
func object(v any) map[string]any {
	if m, _ := v.(map[string]any); m != nil {
		return m
	}
	return map[string]any{}
}

func stringList(v any) []string {
	list := []string{}
	values, _ := v.([]any)
	for _, v := range values {
		s, _ := v.(string)
		list = append(list, s)
	}
	return list
}

func integer(v any) int {
	n, _ := v.(json.Number)
	i, _ := n.Int64()
	return int(i)
}
