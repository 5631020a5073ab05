package cli

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"pnclab/plotting"
	"pnclab/pnc"
)

// snapshotsOf returns evaluations of one network as snapshots of its training, in the
// order of their epochs, which are the last numbers in their names.
func snapshotsOf(evs []*pnc.Evaluation) ([]pnc.Snapshot, error) {
	var all []pnc.Snapshot
	for _, ev := range evs {
		end := strings.LastIndexAny(ev.Name, "0123456789") + 1
		begin := len(strings.TrimRight(ev.Name[:end], "0123456789"))
		epoch, err := strconv.Atoi(ev.Name[begin:end])
		if err != nil {
			return nil, fmt.Errorf("%s: no epoch in the name; --epochs takes files such as ckpt_10.npz", ev.Name)
		}
		if !slices.EqualFunc(ev.Layers, evs[0].Layers, func(a, b pnc.LayerMeasures) bool { return a.Name == b.Name }) {
			return nil, fmt.Errorf("%s: other layers than %s; --epochs takes files of one network", ev.Name, evs[0].Name)
		}
		if i := slices.IndexFunc(all, func(s pnc.Snapshot) bool { return s.Epoch == epoch }); i >= 0 {
			return nil, fmt.Errorf("%s: of epoch %d, as is %s", ev.Name, epoch, all[i].Evaluation.Name)
		}
		all = append(all, pnc.Snapshot{Epoch: epoch, Evaluation: ev})
	}
	slices.SortFunc(all, func(a, b pnc.Snapshot) int { return a.Epoch - b.Epoch })
	return all, nil
}

// epochsAnimation returns C over the layers, epoch by epoch, as HTML.
func epochsAnimation(snapshots []pnc.Snapshot) (template.HTML, error) {
	html, err := plotting.AnimateLayers(plotting.CompressionOf, snapshots).HTML()
	return template.HTML(html), err
}

// orUsual returns the quantities, or those that figures show if none are given.
func orUsual(quantities []pnc.Quantity) []pnc.Quantity {
	if len(quantities) > 0 {
		return quantities
	}
	for _, name := range []string{"C", "NC1", "D"} {
		quantities = append(quantities, pnc.Must(pnc.QuantityNamed(name)))
	}
	return quantities
}
