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

	"pnclab/pnc/internal/arrays"
	"pnclab/pnc/internal/files"
)

// rawLabels are the labels of a file, as they were given: numbers or text.
type rawLabels struct {
	where   string
	numbers []int64
	text    []string // nil if they are numbers
}

func (r *rawLabels) len() int { return max(len(r.numbers), len(r.text)) }

// at returns label i as text.
func (r *rawLabels) at(i int) string {
	if r.text != nil {
		return r.text[i]
	}
	return strconv.FormatInt(r.numbers[i], 10)
}

// readRawLabels reads labels from arrays that follow one another: N or N×1 integers of
// any type, text, or N×K one-hot rows.
func readRawLabels(parts []*arrays.Array) (*rawLabels, error) {
	out := &rawLabels{where: parts[0].Where}
	for _, a := range parts {
		if len(a.Shape) == 0 || a.Shape[0] == 0 || len(a.Shape) > 2 {
			return nil, fmt.Errorf("%s: an array of shape %v; labels are one class number per sample", a.Where, a.Shape)
		}
		if a.Type.Kind == arrays.Unicode || a.Type.Kind == arrays.Bytes {
			text, err := a.Strings()
			if err != nil {
				return nil, err
			}
			if len(text) != a.Len() {
				return nil, fmt.Errorf("%s: an array of shape %v; labels are one per sample", a.Where, a.Shape)
			}
			out.text = append(out.text, text...)
			continue
		}
		values, err := a.Floats()
		if err != nil {
			return nil, err
		}
		if a.RowLen() > 1 {
			if values, err = fromOneHot(values, a); err != nil {
				return nil, err
			}
		}
		for i, v := range values {
			if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
				return nil, fmt.Errorf("%s: label %v of sample %d is no class number; labels are integers or text", a.Where, v, i)
			}
			out.numbers = append(out.numbers, int64(v))
		}
	}
	if out.text != nil && out.numbers != nil {
		return nil, fmt.Errorf("%s: labels are text in some parts and numbers in others", out.where)
	}
	return out, nil
}

// fromOneHot returns the position of the one in every row.
func fromOneHot(values []float64, a *arrays.Array) ([]float64, error) {
	k := a.RowLen()
	out := make([]float64, a.Len())
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
			return nil, fmt.Errorf("%s: an array of shape %v; labels are one class number per sample, or rows that are one-hot, which row %d is not", a.Where, a.Shape, i)
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
	r := csv.NewReader(f)
	r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = -1, true, true
	switch strings.ToLower(filepath.Ext(path)) {
	case ".tsv":
		r.Comma = '\t'
	case ".txt":
		r.Comma = '\x1f' // lines are labels as they are
	}
	var text []string
	column := -1
	for line := 1; ; line++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
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
		text = append(text, strings.TrimSpace(record[column]))
	}
	if text == nil {
		return nil, fmt.Errorf("%s: no labels in it; write one per line", path)
	}
	out := &rawLabels{where: path, text: text}
	numbers := make([]int64, len(text))
	for i, s := range text {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || v != math.Trunc(v) || math.Abs(v) > 1<<53 {
			return out, nil
		}
		numbers[i] = int64(v)
	}
	return &rawLabels{where: path, numbers: numbers}, nil
}

// classLabels are labels as classes from 0.
type classLabels struct {
	of      []int    // class of every sample, -1 for those that are left out
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
	out := &classLabels{of: make([]int, r.len())}
	if ignore == "" {
		ignore = defaultIgnore
	}
	index := map[string]int{}
	sample := map[string]int{} // the first that has it
	for i := range out.of {
		s := r.at(i)
		if s == ignore {
			continue
		}
		out.kept++
		if _, ok := index[s]; !ok {
			index[s], sample[s] = 0, i
			out.names = append(out.names, s)
		}
	}
	if out.kept == 0 {
		return nil, fmt.Errorf("%s: every sample has the label %s, which means none", r.where, ignore)
	}
	if r.text != nil {
		slices.SortFunc(out.names, compareNatural)
	} else {
		for _, s := range out.names {
			v, _ := strconv.ParseInt(s, 10, 64)
			out.numbers = append(out.numbers, v)
		}
		slices.Sort(out.numbers)
		for k, v := range out.numbers {
			out.names[k] = strconv.FormatInt(v, 10)
		}
		// -1 often means no label, but -1 and 1 are the two classes of some.
		if least := out.numbers[0]; least < 0 && ignore == defaultIgnore && !slices.Equal(out.numbers, []int64{-1, 1}) {
			return nil, fmt.Errorf("%s: label %d of sample %d: --ignore=%d leaves such samples out, --ignore=none takes it for a class", r.where, least, sample[out.names[0]], least)
		}
	}
	for k, s := range out.names {
		index[s] = k
	}
	for i := range out.of {
		out.of[i] = -1
		if s := r.at(i); s != ignore {
			out.of[i] = index[s]
		}
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
