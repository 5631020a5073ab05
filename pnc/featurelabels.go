//go:build !js

package pnc

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"pnclab/internal/budget"
	"pnclab/pnc/internal/arrays"
	"pnclab/pnc/internal/files"
)

// rawLabels are the labels of a file, as they were given: numbers or text.
type rawLabels struct {
	where string
	of    []int32 // of every sample: the index of its label in numbers or text
	// The different labels, in the order of their first samples; text is nil if they are
	// numbers.
	numbers []int64
	text    []string

	byNumber map[int64]int32
	byText   map[string]int32
}

// mostLabels bounds the number of different labels, which take a hundred bytes each.
const mostLabels = 1 << 18

func (r *rawLabels) len() int { return len(r.of) }

// names returns the different labels as text.
func (r *rawLabels) names() []string {
	if r.text != nil {
		return r.text
	}
	var names []string
	for _, v := range r.numbers {
		names = append(names, strconv.FormatInt(v, 10))
	}
	return names
}

// add adds the label of the next sample to those of its kind.
func addLabel[T comparable](r *rawLabels, index *map[T]int32, all *[]T, v T) error {
	k, ok := (*index)[v]
	if !ok {
		if len(*all) == mostLabels {
			return fmt.Errorf("%s: more than %d different labels; labels name the class of each sample, they do not number the samples", r.where, mostLabels)
		}
		if *index == nil {
			*index = map[T]int32{}
		}
		k = int32(len(*all))
		(*index)[v] = k
		*all = append(*all, v)
	}
	r.of = append(r.of, k)
	return nil
}

// addNumber adds the label of the next sample, which must be a whole number.
func (r *rawLabels) addNumber(v float64) error {
	if !isLabelNumber(v) {
		return fmt.Errorf("%s: label %v of sample %d is no class number; labels are integers or text", r.where, v, len(r.of))
	}
	return addLabel(r, &r.byNumber, &r.numbers, int64(v))
}

func isLabelNumber(v float64) bool { return v == math.Trunc(v) && math.Abs(v) <= 1<<53 }

// addText adds the label of the next sample.
func (r *rawLabels) addText(s string) error {
	if err := checkLabel(s); err != nil {
		return fmt.Errorf("%s: sample %d: %w", r.where, len(r.of), err)
	}
	return addLabel(r, &r.byText, &r.text, strings.Clone(s))
}

// asNumbers turns labels that are all whole numbers as text into numbers.
func (r *rawLabels) asNumbers() error {
	to := &rawLabels{where: r.where}
	for _, s := range r.text {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || !isLabelNumber(v) {
			return nil
		}
		if err := to.addNumber(v); err != nil {
			return err
		}
	}
	for i, k := range r.of {
		r.of[i] = to.of[k] // 1 and 1.0 are the same
	}
	r.numbers, r.byNumber, r.text, r.byText = to.numbers, to.byNumber, nil, nil
	return nil
}

// readRawLabels reads labels from arrays that follow one another: N or N×1 integers of
// any type, text, or N×K one-hot rows.
func readRawLabels(parts []*arrays.Array) (*rawLabels, error) {
	out := &rawLabels{where: parts[0].Where}
	samples := 0
	for _, a := range parts {
		if len(a.Shape) == 0 || a.Shape[0] == 0 || len(a.Shape) > 2 || a.RowLen() > mostLabels {
			return nil, fmt.Errorf("%s: an array of shape %v; labels are one class number per sample", a.Where, a.Shape)
		}
		// An element takes a byte of the file at least, unless it is compressed.
		if left := budget.Of(a.Stored); left.Take(4*int64(a.Len())) != nil {
			return nil, fmt.Errorf("%s: %d labels: %w; save them without compression", a.Where, a.Len(), budget.ErrSpent)
		}
		samples += a.Len()
	}
	out.of = make([]int32, 0, samples)
	for _, a := range parts {
		out.where = a.Where
		if a.Type.Kind == arrays.Unicode || a.Type.Kind == arrays.Bytes {
			if a.RowLen() != 1 {
				return nil, fmt.Errorf("%s: an array of shape %v; labels are one per sample", a.Where, a.Shape)
			}
			if err := a.EachString(out.addText); err != nil {
				return nil, err
			}
			continue
		}
		k, row := a.RowLen(), 0
		if err := a.EachFloats(func(values []float64) error {
			if k > 1 {
				var err error
				if values, err = fromOneHot(values, a, row); err != nil {
					return err
				}
				row += len(values)
			}
			for _, v := range values {
				if err := out.addNumber(v); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	out.where = parts[0].Where
	if out.text != nil && out.numbers != nil {
		return nil, fmt.Errorf("%s: labels are text in some parts and numbers in others", out.where)
	}
	return out, nil
}

// fromOneHot returns the position of the one in every row, of which from is the first.
func fromOneHot(values []float64, a *arrays.Array, from int) ([]float64, error) {
	k := a.RowLen()
	out := make([]float64, len(values)/k)
	for i := range out {
		ones, zeros := 0, 0
		for j, v := range values[i*k : (i+1)*k] {
			switch v {
			case 1:
				ones++
				out[i] = float64(j)
			case 0:
				zeros++
			}
		}
		if ones != 1 || zeros != k-1 {
			return nil, fmt.Errorf("%s: an array of shape %v; labels are one class number per sample, or rows that are one-hot, which row %d is not", a.Where, a.Shape, from+i)
		}
	}
	return out, nil
}

// readLabelsFile reads labels from a file that holds nothing else, or under the given
// name or one of the usual ones among others: .npy, .npz, .safetensors, .txt with one
// label per line, or .csv.
func readLabelsFile(path, name string) (*rawLabels, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".txt", ".csv", ".tsv":
		return readTextLabels(path, name)
	}
	f, err := openFeatureFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for _, a := range f.arrays {
		if len(f.arrays) == 1 || a.Name == name || name == "" && isLabelName(a.Name) {
			return readRawLabels([]*arrays.Array{a})
		}
	}
	return nil, fmt.Errorf("%s: no array %s in it; --labels-name says which one", path, orLabels(name))
}

func orLabels(name string) string {
	if name == "" {
		return "labels"
	}
	return name
}

// readTextLabels reads a file of one label per line, or of columns with a header that
// names one of them as the labels.
func readTextLabels(path, name string) (*rawLabels, error) {
	f, err := files.OpenText(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	longest := budget.Of(f.Size) / recordShare
	in := &recordReader{Reader: f, mark: ','}
	r := csv.NewReader(in)
	r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace, r.ReuseRecord = -1, true, true, true
	switch strings.ToLower(filepath.Ext(path)) {
	case ".tsv":
		r.Comma = '\t'
	case ".txt":
		r.Comma = '\x1f' // lines are labels as they are
	}
	in.mark = byte(r.Comma)
	out := &rawLabels{where: path}
	left := budget.Of(f.Size)
	column := -1
	for line := 1; ; line++ {
		in.left = longest
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if e := (*csv.ParseError)(nil); errors.As(err, &e) {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if err != nil {
			return nil, files.Cause(path, fmt.Errorf("line %d: %w", line, err))
		}
		if column < 0 { // the first line
			column = slices.IndexFunc(record, func(s string) bool { return s == name || name == "" && isLabelName(s) })
			if column >= 0 {
				continue
			}
			if len(record) > 1 {
				return nil, fmt.Errorf("%s: %d columns, and none named %s in the first line; --labels-name says which one", path, len(record), orLabels(name))
			}
			column = 0
		}
		if column >= len(record) {
			return nil, fmt.Errorf("%s: line %d has no column %d", path, line, column+1)
		}
		// Four bytes for each, and while they move into a larger slice as much again.
		if err := left.Take(9); err != nil {
			return nil, files.Cause(path, err)
		}
		if err := out.addText(strings.TrimSpace(record[column])); err != nil {
			return nil, err
		}
	}
	if out.text == nil {
		return nil, fmt.Errorf("%s: no labels in it; write one per line", path)
	}
	return out, out.asNumbers()
}

// classLabels are labels as classes from 0.
type classLabels struct {
	of      []int32  // class of every sample, -1 for those that are left out
	names   []string // as given, in numerical or alphabetical order
	numbers []int64  // nil if they are text
	kept    int      // samples that are not left out
	notes   []string
}

// defaultIgnore is the label that losses of PyTorch ignore.
const defaultIgnore = "-100"

// classes numbers the labels in their order from 0. Samples with the label ignore are
// left out, with a note.
func (r *rawLabels) classes(ignore string) (*classLabels, error) {
	out := &classLabels{of: make([]int32, r.len())}
	if ignore == "" {
		ignore = defaultIgnore
	}
	names := r.names()
	ignored := int32(slices.Index(names, ignore))
	for _, k := range r.of {
		if k != ignored {
			out.kept++
		}
	}
	if out.kept == 0 {
		return nil, fmt.Errorf("%s: every sample has the label %s, which means none", r.where, ignore)
	}
	for k, s := range names {
		if int32(k) == ignored {
			continue
		}
		out.names = append(out.names, s)
		if r.text == nil {
			out.numbers = append(out.numbers, r.numbers[k])
		}
	}
	if r.text != nil {
		slices.SortFunc(out.names, compareNatural)
	} else {
		slices.Sort(out.numbers)
		for k, v := range out.numbers {
			out.names[k] = strconv.FormatInt(v, 10)
		}
		// -1 often means no label, but -1 and 1 are the two classes of some.
		if least := out.numbers[0]; least < 0 && ignore == defaultIgnore && !slices.Equal(out.numbers, []int64{-1, 1}) {
			sample := slices.Index(r.of, r.byNumber[least])
			return nil, fmt.Errorf("%s: label %d of sample %d: --ignore=%d leaves such samples out, --ignore=none takes it for a class", r.where, least, sample, least)
		}
	}
	class := map[string]int32{}
	for k, s := range out.names {
		class[s] = int32(k)
	}
	to := make([]int32, len(names)) // the class of every label
	for k, s := range names {
		if to[k] = -1; int32(k) != ignored {
			to[k] = class[s]
		}
	}
	for i, k := range r.of {
		out.of[i] = to[k]
	}
	if left := len(out.of) - out.kept; left > 0 {
		out.notes = append(out.notes, fmt.Sprintf("%s: %d of %d samples have the label %s and are left out", r.where, left, len(out.of), ignore))
	}
	if k := len(out.names); k > 10 && 2*k > out.kept {
		out.notes = append(out.notes, fmt.Sprintf("%s: %d classes for %d samples; are these labels?", r.where, k, out.kept))
	}
	return out, nil
}

// rowClasses returns the class of every row of a classifier, and how rows were
// assigned if that is not plain. Row k is class k of the labels in their order if
// there are as many; otherwise labels are the numbers of rows, from 0 or, if one of
// them is the number of rows, from 1.
func (c *classLabels) rowClasses(rows int) (class []int, note string, err error) {
	k := len(c.names)
	class = make([]int, rows)
	if rows == k {
		for i := range class {
			class[i] = i
		}
		if c.numbers == nil {
			note = "row k of the classifier is taken for class k of the labels in alphabetical order"
		} else if last := c.numbers[k-1]; c.numbers[0] > 1 || last-c.numbers[0] != int64(k-1) {
			note = "row k of the classifier is taken for class k of the labels in numerical order"
		}
		return class, note, nil
	}
	first := int64(0)
	if c.numbers != nil && c.numbers[0] >= 1 && c.numbers[k-1] == int64(rows) {
		first = 1
	}
	if c.numbers == nil || rows < k || c.numbers[0] < first || c.numbers[k-1]-first >= int64(rows) {
		return nil, "", fmt.Errorf("the classifier has %d rows, but there are %d classes (%s to %s); it needs one row per class", rows, k, c.names[0], c.names[k-1])
	}
	for i := range class {
		class[i] = -1
	}
	for i, v := range c.numbers {
		class[v-first] = i
	}
	return class, fmt.Sprintf("labels are taken for the rows of the classifier, which count from %d: %d of %d have samples", first, k, rows), nil
}
