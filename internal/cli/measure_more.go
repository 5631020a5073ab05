package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"pnclab/pnc"
)

// moreMeasures are measures that take more than two passes over the features.
type moreMeasures struct {
	classes, residual, cka, procrustes bool
	test, ood                          string
	bootstrap, seed                    int
}

// supply returns those of the quantities for which there is what they take. Where --only
// names others an error says what that is; of all quantities they are left out, but for
// CSV, whose columns are always the same.
func (m *moreMeasures) supply(quantities []pnc.Quantity, only []string, statistics, asCSV bool) ([]pnc.Quantity, error) {
	all := slices.Contains(only, "all")
	var out []pnc.Quantity
	for _, q := range quantities {
		lacks := ""
		switch {
		case q.Group == pnc.Residual && statistics:
			lacks = "the features themselves, which --partial and --merge do not keep"
		case q.Group == pnc.Residual && all && !m.residual:
			lacks = "--residual"
		case q.Name == "NC5" && m.ood == "":
			lacks = "a file of features of samples of another kind, given by --ood"
		case q.Group == pnc.HeldOut && q.Name != "NC5" && m.test == "":
			lacks = "a file of held-out features, given by --test"
		}
		if lacks != "" && !all {
			return nil, fmt.Errorf("%s takes %s", q.Name, lacks)
		}
		if lacks == "" || asCSV {
			out = append(out, q)
		}
	}
	return out, nil
}

// groups returns the groups of measures to take where those of tables are the given ones.
func (m *moreMeasures) groups(what pnc.Measures) pnc.Measures {
	if m.classes {
		what |= pnc.PerClass
	}
	if m.residual {
		what |= pnc.Residual
	}
	return what
}

// similarities returns those of layers that were requested.
func (m *moreMeasures) similarities() (which pnc.Similarity) {
	if m.cka {
		which |= pnc.CKA
	}
	if m.procrustes {
		which |= pnc.Procrustes
	}
	return which
}

// between returns the requested similarities of layers of different files. Files that do
// not hold the same samples have none, and a note says why.
func (m *moreMeasures) between(cmd *cobra.Command, sets []*pnc.StoredFeatures) (all []*pnc.LayerComparison, err error) {
	which := m.similarities()
	if which == 0 {
		return nil, nil
	}
	for i, a := range sets {
		for _, b := range sets[i+1:] {
			if why := a.SameSamples(b); why != nil {
				fmt.Fprintln(cmd.ErrOrStderr(), "note:", why)
				continue
			}
			before := len(a.Notes)
			c, err := a.CompareLayers(cmd.Context(), b, which, m.seed)
			if err != nil {
				return nil, err
			}
			for _, note := range a.Notes[before:] {
				fmt.Fprintln(cmd.ErrOrStderr(), "note:", note)
			}
			all = append(all, c)
		}
	}
	return all, nil
}

// quantities returns those that tables have in addition.
func (m *moreMeasures) quantities() (qs []pnc.Quantity) {
	var names []string
	if m.test != "" {
		names = append(names, "NCCtest", "kNNtest", "probeTest")
	}
	if m.ood != "" {
		names = append(names, "NC5")
	}
	if m.residual {
		names = append(names, "residual", "residualNumber")
	}
	for _, name := range names {
		qs = append(qs, pnc.Must(pnc.QuantityNamed(name)))
	}
	return qs
}

// add adds them to the evaluation of a feature set.
func (m *moreMeasures) add(ctx context.Context, s *pnc.StoredFeatures, ev *pnc.Evaluation, o *pnc.FeatureOptions) error {
	if m.test != "" {
		test, err := pnc.OpenFeatures([]string{m.test}, &pnc.FeatureOptions{LabelsName: o.LabelsName, ClassifierName: o.ClassifierName, MaskName: o.MaskName, Pool: o.Pool, Ignore: o.Ignore, Shards: o.Shards})
		if err != nil {
			return err
		}
		defer closeSets(test)
		if err := s.HeldOut(ctx, ev, test[0], m.seed); err != nil {
			return err
		}
	}
	if m.ood != "" {
		other, err := pnc.OpenFeatures([]string{m.ood}, &pnc.FeatureOptions{Unlabelled: true, MaskName: o.MaskName, Pool: o.Pool, Shards: o.Shards})
		if err != nil {
			return err
		}
		defer closeSets(other)
		if err := s.OutOfDistribution(ctx, ev, other[0]); err != nil {
			return err
		}
	}
	if m.bootstrap > 0 {
		if err := s.Bootstrap(ctx, ev, m.bootstrap, m.seed); err != nil {
			return err
		}
	}
	if which := m.similarities(); which != 0 {
		return s.Similarity(ctx, ev, which, m.seed)
	}
	return nil
}
