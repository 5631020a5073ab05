package pnc

import "encoding/json"

// MarshalJSON writes the measures under short stable names, with null for those
// that do not exist: layer, name, n, d, K, C, D, NC1, NC2, NC2norms, NC2angles,
// NC3, NC4, CDNV, rank95, trSigmaW, trSigmaB, trSigmaBWeighted, singularValues.
func (m LayerMeasures) MarshalJSON() ([]byte, error) {
	singular := make([]*float64, len(m.SingularValues))
	for i, s := range m.SingularValues {
		singular[i] = finite(s)
	}
	return json.Marshal(struct {
		Layer    int        `json:"layer"`
		Name     string     `json:"name"`
		N        int        `json:"n"`
		Dim      int        `json:"d"`
		Classes  int        `json:"K"`
		C        *float64   `json:"C"`
		D        *float64   `json:"D"`
		NC1      *float64   `json:"NC1"`
		NC2      *float64   `json:"NC2"`
		Norms    *float64   `json:"NC2norms"`
		Angles   *float64   `json:"NC2angles"`
		NC3      *float64   `json:"NC3"`
		NC4      *float64   `json:"NC4"`
		CDNV     *float64   `json:"CDNV"`
		Rank95   int        `json:"rank95"`
		TrW      *float64   `json:"trSigmaW"`
		TrB      *float64   `json:"trSigmaB"`
		TrBW     *float64   `json:"trSigmaBWeighted"`
		Singular []*float64 `json:"singularValues,omitempty"`
	}{
		m.Layer, m.Name, m.N, m.Dim, m.Classes,
		finite(m.C), finite(m.D), finite(m.NC1), finite(m.NC2), finite(m.NC2Norms), finite(m.NC2Angles),
		finite(m.NC3), finite(m.NC4), finite(m.CDNV), m.Rank95,
		finite(m.TrSigmaW), finite(m.TrSigmaB), finite(m.TrSigmaBWeighted), singular,
	})
}

// MarshalJSON writes name, accuracy (null without a classifier) and layers.
func (e Evaluation) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Name     string          `json:"name,omitempty"`
		Accuracy *float64        `json:"accuracy"`
		Layers   []LayerMeasures `json:"layers"`
	}{e.Name, finite(e.Accuracy), e.Layers})
}
