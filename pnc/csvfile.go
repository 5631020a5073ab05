package pnc

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"pnclab/internal/budget"
	"pnclab/pnc/internal/files"
	"pnclab/pnc/internal/words"
)

// csvFile is a file of texts with their classes, which is read record by record.
type csvFile struct {
	path    string
	lines   bool // records are lines, split at tabs; quotes are part of the text
	column  int  // of classes
	header  bool // the first record is one
	records int  // without the header
}

// errLongRecord is returned for records that take more memory than the file allows for.
var errLongRecord = errors.New("too long a record for a file of this size; is a quote missing?")

// errQuotes is returned for quotes in a file of columns separated by tabs that quote
// nothing.
var errQuotes = errors.New("quotes")

// recordReader reads while there is memory for what a record becomes.
type recordReader struct {
	io.Reader
	left budget.Budget
	mark byte // between columns
}

// Bytes of memory that a byte and a column of a record take while it is read.
const ofByte, ofColumn = 8, 96

func (r *recordReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if r.left.Take(ofByte*int64(n)+ofColumn*int64(bytes.Count(p[:n], []byte{r.mark}))) != nil {
		return 0, errLongRecord
	}
	return n, err
}

// recordShare is the part of the memory for one record; the rest is for all vectors.
const recordShare = 8

// each calls visit with every record and its number from 0. Records are valid until the
// next one. Errors of visit are returned with the path.
func (c *csvFile) each(visit func(i int, record []string) error) error {
	f, err := files.OpenText(c.path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := &recordReader{Reader: f, mark: ','}
	if c.tabs() {
		in.mark = '\t'
	}
	share := budget.Of(f.Size) / recordShare
	next := c.reader(in, int(share/ofByte))
	for i := 0; ; i++ {
		in.left = share
		record, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if e := (*csv.ParseError)(nil); errors.As(err, &e) {
			if c.tabs() {
				return errQuotes
			}
			return fmt.Errorf("%s: line %d: %w", c.path, e.Line, e.Err)
		}
		if err != nil {
			return files.Cause(c.path, fmt.Errorf("record %d: %w", i+1, err))
		}
		if err := visit(i, record); err != nil {
			return files.Cause(c.path, err)
		}
	}
}

// tabs reports whether the name is that of a file of columns separated by tabs.
func (c *csvFile) tabs() bool {
	return strings.HasSuffix(strings.TrimSuffix(c.path, ".gz"), ".tsv")
}

// reader returns a function that reads the next record.
func (c *csvFile) reader(in io.Reader, longest int) func() ([]string, error) {
	if c.lines {
		s := bufio.NewScanner(in)
		s.Buffer(nil, longest)
		return func() ([]string, error) {
			for s.Scan() && s.Err() == nil { // not what was read of a line before an error
				if line := strings.TrimRight(s.Text(), "\r"); line != "" {
					return strings.Split(line, "\t"), nil
				}
			}
			if errors.Is(s.Err(), bufio.ErrTooLong) {
				return nil, errLongRecord
			}
			return nil, cmp.Or(s.Err(), io.EOF)
		}
	}
	r := csv.NewReader(in)
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	if c.tabs() {
		r.Comma = '\t'
	}
	return r.Read
}

// scan counts the records and finds the column of classes and the header.
func (c *csvFile) scan() error {
	var first []string
	var named int // the column that the first record names as labels, -1 for none
	var again, textual bool
	err := c.each(func(i int, record []string) error {
		if len(record) < 2 {
			return fmt.Errorf("record %d has %s; a class and a text are needed, separated by a comma, or by a tab in a file .tsv", i+1, columns(record))
		}
		c.records = i + 1
		if i == 0 {
			first = slices.Clone(record)
			named = slices.IndexFunc(first, func(s string) bool { return isLabelName(strings.TrimSpace(s)) })
			return nil
		}
		again = again || named >= 0 && named < len(record) && strings.EqualFold(record[named], first[named])
		textual = textual || !isNumber(className(record[0]))
		return nil
	})
	if err == errQuotes {
		c.lines = true
		return c.scan()
	}
	if err != nil || c.records < 2 {
		return err
	}
	switch {
	case named >= 0 && !again:
		c.column, c.header = named, true
	case !isNumber(className(first[0])) && !textual:
		c.header = true
	}
	if c.header {
		c.records--
	}
	return nil
}

// vectors returns the classes of the texts, numbered in the order of their names, and
// the texts as counts.
func (c *csvFile) vectors(t Text) (labels []int, names []string, texts []words.Vector, err error) {
	f, err := files.Open(c.path)
	if err != nil {
		return nil, nil, nil, err
	}
	f.Close()
	left := budget.Of(f.Size) / recordShare * (recordShare - 1)
	// Bytes of a text and its class, of a word, and of a new class.
	const ofText, ofWord, ofClass = 72, 13, 200
	if err := left.Take(ofText * int64(c.records)); err != nil {
		return nil, nil, nil, files.Cause(c.path, err)
	}
	labels, texts = make([]int, 0, c.records), make([]words.Vector, 0, c.records)
	number := map[string]int{}
	err = c.each(func(i int, record []string) error {
		if c.header && i == 0 {
			return nil
		}
		if c.column >= len(record) {
			return fmt.Errorf("record %d below the header has %s; the class is in column %d", i, columns(record), c.column+1)
		}
		name := className(record[c.column])
		k, ok := number[name]
		if !ok {
			if err := checkLabel(name); err != nil {
				return fmt.Errorf("record %d: %w", i+1, err)
			}
			if err := left.Take(ofClass + int64(len(name))); err != nil {
				return err
			}
			k, name = len(names), strings.Clone(name)
			number[name] = k
			names = append(names, name)
		}
		v := words.Counts(strings.Join(slices.Delete(record, c.column, c.column+1), " "), t.Dim, t.Pairs)
		labels, texts = append(labels, k), append(texts, v)
		return left.Take(ofWord * int64(len(v.Index)))
	})
	if err != nil {
		return nil, nil, nil, err
	}
	first := slices.Clone(names)
	sortClasses(names)
	rank := make([]int, len(names))
	for k, name := range names {
		number[name] = k
	}
	for k, name := range first {
		rank[k] = number[name]
	}
	for i, k := range labels {
		labels[i] = rank[k]
	}
	return labels, names, texts, nil
}
