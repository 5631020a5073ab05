package pnc

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/engine"
	"pnclab/pnc/internal/gemm"
)

// readout is a classifier that acts on stored features: argmax_k (W z + b)_k. It can
// have more rows than there are classes in the samples.
type readout struct {
	w      *mat.Dense // rows×d
	bias   []float64  // of every row, or nil
	class  []int      // of every row, -1 for those of classes without samples; nil if row k is class k
	logits []float64
}

// newReadout returns the classifier of the layer whose data is given, nil for a nil w.
func newReadout(w *mat.Dense, bias []float64, class []int, last *Dataset) (*readout, error) {
	if w == nil {
		return nil, nil
	}
	rows, d := w.Dims()
	if class == nil && rows != last.K() || d != last.Dim() {
		return nil, fmt.Errorf("classifier is %d×%d, but the features %s and %d classes need %d×%d", rows, d, last.Name, last.K(), last.K(), last.Dim())
	}
	if bias != nil && len(bias) != rows {
		return nil, fmt.Errorf("the bias has %d elements, but the classifier is %d×%d", len(bias), rows, d)
	}
	return &readout{w: w, bias: bias, class: class}, nil
}

// predict returns the classes of the n samples of z, d×n; -1 for one that no sample has.
func (r *readout) predict(z []float64, n int) []int {
	rows, d := r.w.Dims()
	r.logits = resized(r.logits, rows*n)
	beta := 0.0
	if r.bias != nil {
		beta = 1
		for k, v := range r.bias {
			for i := range n {
				r.logits[k*n+i] = v
			}
		}
	}
	w := r.w.RawMatrix()
	gemm.Mul(false, false, rows, n, d, 1, w.Data, w.Stride, z, n, beta, r.logits, n)
	predicted := make([]int, n)
	engine.ArgmaxColumns(predicted, r.logits)
	if r.class != nil {
		for i, row := range predicted {
			predicted[i] = r.class[row]
		}
	}
	return predicted
}

// ofClasses returns the K×d matrix of the rows of the classes.
func (r *readout) ofClasses(classes int) *mat.Dense {
	if r == nil || r.class == nil {
		if r == nil {
			return nil
		}
		return r.w
	}
	_, d := r.w.Dims()
	w := mat.NewDense(classes, d, nil)
	for row, k := range r.class {
		if k >= 0 {
			w.SetRow(k, r.w.RawRowView(row))
		}
	}
	return w
}
