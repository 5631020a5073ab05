// Command parquet turns the table of a sweep, as "pnclab sweep collect" writes it to a
// file .jsonl, into Parquet:
//
//	pnclab sweep collect phases.yaml --out phases.jsonl
//	cd internal/sweep/parquet && go run . phases.jsonl phases.parquet
//
// It is a module of its own since the library takes 85 MB.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"github.com/parquet-go/parquet-go"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: parquet TABLE.jsonl TABLE.parquet")
		os.Exit(2)
	}
	if err := convertFile(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "parquet:", err)
		os.Exit(1)
	}
}

// convertFile writes beside the file and renames at the end, so that it is complete or
// not there.
func convertFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to + ".tmp")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	if err := convert(out, in); err != nil {
		out.Close()
		return fmt.Errorf("%s: %w", from, err)
	}
	if err := out.Close(); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}

// kind is the type of a column.
type kind int

const (
	unknown kind = iota // no value so far
	whole
	number
	boolean
	text
)

// convert reads one JSON object per line, all with the same members in the same order,
// and writes them as rows. Columns are optional: int64 if all their values are whole
// numbers, double for numbers, among which "inf" and "-inf" count, boolean, or text.
func convert(w io.Writer, r io.Reader) error {
	var names []string
	var rows [][]any
	var kinds []kind
	lines := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			keys, values, err := members(line)
			if err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
			if names == nil {
				names, kinds = keys, make([]kind, len(keys))
			}
			if fmt.Sprint(keys) != fmt.Sprint(names) {
				return fmt.Errorf("line %d has other columns than the first", n)
			}
			for i, v := range values {
				kinds[i] = max(kinds[i], kindOf(v)) // whole numbers become numbers
				if k := kindOf(v); v != nil && k != kinds[i] && !(k == whole && kinds[i] == number) {
					kinds[i] = text
				}
			}
			rows = append(rows, values)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	group := parquet.Group{}
	for i, name := range names {
		group[name] = node(kinds[i])
	}
	schema := parquet.NewSchema("sweep", group)
	index := map[string]int{} // of the columns, which a group sorts
	for i, path := range schema.Columns() {
		index[path[0]] = i
	}
	out := parquet.NewWriter(w, schema)
	for _, values := range rows {
		row := make(parquet.Row, len(names))
		for i, v := range values {
			at := index[names[i]]
			value, defined := encode(v, kinds[i]), 1
			if v == nil {
				defined = 0
			}
			row[at] = value.Level(0, defined, at)
		}
		if _, err := out.WriteRows([]parquet.Row{row}); err != nil {
			return err
		}
	}
	return out.Close()
}

// members returns the names and values of an object in their order.
func members(line []byte) (keys []string, values []any, err error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, errors.New("no JSON object")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		var v any
		if err := d.Decode(&v); err != nil {
			return nil, nil, err
		}
		keys, values = append(keys, key.(string)), append(values, v)
	}
	return keys, values, nil
}

// infinite holds the texts of infinite numbers.
var infinite = map[any]float64{"inf": math.Inf(1), "-inf": math.Inf(-1)}

func kindOf(v any) kind {
	switch v := v.(type) {
	case nil:
		return unknown
	case bool:
		return boolean
	case json.Number:
		if _, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return whole
		}
		return number
	case string:
		if _, ok := infinite[v]; ok {
			return number
		}
	}
	return text
}

func node(k kind) parquet.Node {
	switch k {
	case whole:
		return parquet.Optional(parquet.Int(64))
	case number:
		return parquet.Optional(parquet.Leaf(parquet.DoubleType))
	case boolean:
		return parquet.Optional(parquet.Leaf(parquet.BooleanType))
	}
	return parquet.Optional(parquet.String())
}

func encode(v any, k kind) parquet.Value {
	if v == nil {
		return parquet.NullValue()
	}
	n, _ := v.(json.Number)
	switch k {
	case whole:
		i, _ := n.Int64() // it was one when its kind was found
		return parquet.Int64Value(i)
	case number:
		if f, ok := infinite[v]; ok {
			return parquet.DoubleValue(f)
		}
		f, _ := n.Float64() // likewise
		return parquet.DoubleValue(f)
	case boolean:
		return parquet.BooleanValue(v.(bool))
	}
	if s, ok := v.(string); ok {
		return parquet.ByteArrayValue([]byte(s))
	}
	b, _ := json.Marshal(v) // it was read from JSON
	return parquet.ByteArrayValue(b)
}
