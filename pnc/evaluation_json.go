package pnc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"

	"pnclab/internal/budget"
	"pnclab/internal/oneline"
)

// MarshalJSON writes layer, name, n, d, K, every quantity under its name, with null
// for those that are undefined, singularValues if there are any, classes and
// intervals if they were requested, and undefined and atMost, the reasons why quantities
// are null or upper bounds, by their names, if there are any.
func (m LayerMeasures) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	name, err := json.Marshal(m.Name)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, `{"layer":%d,"name":%s,"n":%d,"d":%d,"K":%d`, m.Layer, name, m.N, m.Dim, m.Classes)
	for _, q := range quantities {
		v, err := jsonNumber(q.Of(m)).MarshalJSON()
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, `,"%s":%s`, q.Name, v)
	}
	if m.SingularValues != nil {
		s, err := json.Marshal(jsonNumbers(m.SingularValues))
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, `,"singularValues":%s`, s)
	}
	if m.Classwise != nil {
		classes, err := json.Marshal(m.Classwise)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, `,"classes":%s`, classes)
	}
	if m.Intervals != nil {
		intervals := map[string][]jsonNumber{}
		for name, v := range m.Intervals {
			intervals[name] = jsonNumbers(v[:])
		}
		text, err := json.Marshal(intervals)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, `,"intervals":%s`, text)
	}
	if m.Undefined != nil {
		why, err := json.Marshal(m.Undefined)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, `,"undefined":%s`, why)
	}
	if m.AtMost != nil {
		why, err := json.Marshal(m.AtMost)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, `,"atMost":%s`, why)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads what MarshalJSON writes. Quantities that are null or missing
// become NaN.
func (m *LayerMeasures) UnmarshalJSON(b []byte) error {
	// Names differ in case only, such as d and D, so that fields of a struct will not
	// do.
	var values map[string]json.RawMessage
	if err := json.Unmarshal(b, &values); err != nil {
		return oneline.Error(err)
	}
	*m = LayerMeasures{}
	m.unmeasured()
	var singular []jsonNumber
	var intervals map[string][2]jsonNumber
	fields := map[string]any{
		"layer": &m.Layer, "name": &m.Name, "n": &m.N, "d": &m.Dim, "K": &m.Classes, "singularValues": &singular,
		"undefined": &m.Undefined, "atMost": &m.AtMost, "classes": &m.Classwise, "intervals": &intervals,
	}
	for _, q := range quantities {
		fields[q.Name] = (*jsonNumber)(q.field(m))
	}
	for name, text := range values {
		if field, ok := fields[name]; ok {
			if err := json.Unmarshal(text, field); err != nil {
				return fmt.Errorf("%s: %w", name, oneline.Error(err))
			}
		}
	}
	m.SingularValues = floats64(singular)
	if intervals != nil { // {} says that they were requested and there are none
		m.Intervals = map[string][2]float64{}
	}
	for name, v := range intervals {
		m.Intervals[name] = [2]float64{float64(v[0]), float64(v[1])}
	}
	if m.Rank95 == 0 { // what earlier versions wrote where it was not measured
		m.Rank95 = math.NaN()
	}
	return nil
}

// classJSON is a ClassMeasures as JSON.
type classJSON struct {
	N       int          `json:"n"`
	C       jsonNumber   `json:"C"`
	Cosines []jsonNumber `json:"cosines"`
}

// MarshalJSON writes n, C and cosines.
func (c ClassMeasures) MarshalJSON() ([]byte, error) {
	return json.Marshal(classJSON{c.N, jsonNumber(c.C), jsonNumbers(c.Cosines)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *ClassMeasures) UnmarshalJSON(b []byte) error {
	var v classJSON
	if err := json.Unmarshal(b, &v); err != nil {
		return oneline.Error(err)
	}
	*c = ClassMeasures{v.N, float64(v.C), floats64(v.Cosines)}
	return nil
}

// evaluationJSON is an Evaluation as JSON.
type evaluationJSON struct {
	Name       string          `json:"name,omitempty"`
	Accuracy   jsonNumber      `json:"accuracy"`
	Layers     []LayerMeasures `json:"layers"`
	ClassNames []string        `json:"classNames,omitempty"`
	Weights    Weights         `json:"weights,omitempty"`
	Interval   []jsonNumber    `json:"accuracyInterval,omitempty"`
	CKA        layerMatrix     `json:"cka,omitempty"`
	Procrustes layerMatrix     `json:"procrustes,omitempty"`
}

// layerMatrix is a matrix whose NaN are null in JSON.
type layerMatrix [][]float64

// MarshalJSON writes the rows.
func (m layerMatrix) MarshalJSON() ([]byte, error) {
	var rows [][]jsonNumber
	for _, row := range m {
		rows = append(rows, jsonNumbers(row))
	}
	return json.Marshal(rows)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *layerMatrix) UnmarshalJSON(b []byte) error {
	var rows [][]jsonNumber
	err := json.Unmarshal(b, &rows)
	*m = nil
	for _, row := range rows {
		*m = append(*m, floats64(row))
	}
	return err
}

// MarshalJSON writes name, accuracy (null without a classifier), layers, and classNames,
// weights, accuracyInterval, cka and procrustes if there are any. Without weights classes
// count as in the paper.
func (e Evaluation) MarshalJSON() ([]byte, error) {
	v := evaluationJSON{Name: e.Name, Accuracy: jsonNumber(e.Accuracy), Layers: e.Layers, ClassNames: e.ClassNames, Weights: e.Weights, CKA: e.CKA, Procrustes: e.Procrustes}
	if e.AccuracyInterval != nil {
		v.Interval = jsonNumbers(e.AccuracyInterval[:])
	}
	return json.Marshal(v)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (e *Evaluation) UnmarshalJSON(b []byte) error {
	// An element can be a LayerMeasures of 384 bytes, and lists grow by a quarter.
	if err := budget.JSON(b, budget.Cost{Object: 900, Element: 18, Field: 64, Depth: 20}); err != nil {
		return fmt.Errorf("evaluation: %w", err)
	}
	v := evaluationJSON{Accuracy: jsonNumber(math.NaN())}
	if err := json.Unmarshal(b, &v); err != nil {
		return oneline.Error(err)
	}
	*e = Evaluation{Name: v.Name, Accuracy: float64(v.Accuracy), Layers: v.Layers, ClassNames: v.ClassNames, Weights: v.Weights, CKA: v.CKA, Procrustes: v.Procrustes}
	if len(v.Interval) == 2 {
		e.AccuracyInterval = &[2]float64{float64(v.Interval[0]), float64(v.Interval[1])}
	}
	return nil
}
