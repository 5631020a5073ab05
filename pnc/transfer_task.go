package pnc

import (
	"context"
	"encoding/json"
	"fmt"
)

// TransferTask is a new task for the layers of a trained network, see [Transfer], and
// part of an [Experiment], whose outcome has a [TransferComparison] for each of the
// layers.
type TransferTask struct {
	// Fit are the samples that new classifiers are fitted to, Test those that they are
	// tested on. Nil means that there is no new task.
	Fit, Test Source
	// Shift is added to the seed of the experiment for Fit and Test. With 0, portions of the
	// data that the network was trained on can be kept apart; another seed draws other
	// samples from a source that makes them up.
	Shift int
	// Layers are the layers whose features the classifiers get, 0 (input) to L-1.
	Layers []int
	// Front is the layer behind which the network is linear. Its features in the trained
	// network are the data of the closed form: 0 for a linear network, the last nonlinear
	// layer of a hybrid. For a layer that is not behind it, what the closed form says is
	// what is measured.
	Front int
	// Probes say how classifiers are fitted, one for each.
	Probes []ProbeOptions
}

// compare compares the layers of a network that was trained on data with the closed
// form, whose ε is the scale of the initial weights. ev holds what was measured of the
// layers.
func (t TransferTask) compare(ctx context.Context, net *Network, data *Dataset, ev *Evaluation, law Law, seed int) ([]TransferComparison, error) {
	if t.Fit == nil || t.Test == nil {
		return nil, nil
	}
	probes := make([]*ProbeOptions, len(t.Probes))
	for i := range t.Probes {
		probes[i] = &t.Probes[i]
	}
	fit, err := t.Fit.Generate(seed + t.Shift)
	if err != nil {
		return nil, err
	}
	test, err := t.Test.Generate(seed + t.Shift)
	if err != nil {
		return nil, err
	}
	var at [3]*Dataset // the features in front of what is linear
	for i, d := range []*Dataset{data, fit, test} {
		if at[i], err = net.FeatureData(d, t.Front); err != nil {
			return nil, err
		}
	}
	law.Depth = net.Depth() - t.Front
	out := make([]TransferComparison, len(t.Layers))
	for i, l := range t.Layers {
		measured, err := Transfer(ctx, net, l, fit, test, probes...)
		if err != nil {
			return nil, err
		}
		c, predicted := ev.C()[l], measured
		if l > t.Front {
			closed := law.network(at[0], l-t.Front)
			c = measureRows("", []LayerFeatures{{layerName(l), closed.Forward(at[0], 1)[0]}}, at[0], Scatter).C()[0]
			if predicted, err = law.transfer(ctx, closed, l-t.Front, at[1], at[2], probes); err != nil {
				return nil, err
			}
		}
		out[i] = TransferComparison{Trained: 100 * ev.Accuracy, C: ev.C()[l], LawC: c}
		for k := range measured {
			out[i].Accuracy, out[i].Law = append(out[i].Accuracy, 100*measured[k].Test), append(out[i].Law, 100*predicted[k].Test)
		}
	}
	return out, nil
}

// check returns an error if a network of the given depth does not have the layers.
func (t TransferTask) check(depth int) error {
	if (t.Fit == nil) != (t.Test == nil) {
		return fmt.Errorf("transfer task: Fit and Test belong together; one of them is missing")
	}
	for _, l := range append([]int{t.Front}, t.Layers...) {
		if t.Fit != nil && (l < 0 || l >= depth) {
			return fmt.Errorf("transfer task: layer %d; the network has the layers 0 to %d in front of its classifier", l, depth-1)
		}
	}
	return nil
}

// content identifies the data beyond their JSON.
func (t TransferTask) content(seed int) (string, error) {
	var all string
	for _, s := range []Source{t.Fit, t.Test} {
		if s == nil {
			continue
		}
		text, err := content(s, seed+t.Shift)
		if err != nil {
			return "", err
		}
		all += "\n" + text
	}
	return all, nil
}

// MarshalJSON writes the task with the types of its data.
func (t TransferTask) MarshalJSON() ([]byte, error) {
	return json.Marshal(transferTaskJSON{namedSource{t.Fit}, namedSource{t.Test}, t.Shift, t.Layers, t.Front, t.Probes})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *TransferTask) UnmarshalJSON(b []byte) error {
	var v transferTaskJSON
	if err := decodeStrictly(b, &v); err != nil {
		return fmt.Errorf("transfer task: %w", err)
	}
	*t = TransferTask{v.Fit.Source, v.Test.Source, v.Shift, v.Layers, v.Front, v.Probes}
	return nil
}

type transferTaskJSON struct {
	Fit, Test namedSource
	Shift     int `json:",omitempty"`
	Layers    []int
	Front     int `json:",omitempty"`
	Probes    []ProbeOptions
}
