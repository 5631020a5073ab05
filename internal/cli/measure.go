package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"pnclab/plotting"
	"pnclab/pnc"
)

// newMeasure returns the command measure, which prints the layer table of features
// that another program exported.
func newMeasure() *cobra.Command {
	var options pnc.FeatureOptions
	var only []string
	var asJSON, asCSV, noSpectrum, merge, epochs bool
	var partial, figure, page string
	var means []string
	var more moreMeasures
	var network networkFlags
	measure := &cobra.Command{
		Use:   "measure FILE...",
		Short: "Print the layer table of features exported from any framework",
		Long: `Print the layer table of features exported from any framework.

A .npz or .safetensors file holds one array per layer, N×d in float16 to float64 (or
bfloat16), in the order of the network, and "labels" (or label, targets, y_true, y):
integers, text or one-hot rows. It may also hold the classifier, K×d, as
"classifier.weight" and its bias as "classifier.bias" (or fc.*, head.*). From Python:

    np.savez("features.npz", layer1=z1, layer2=z2, labels=y,
             **{"classifier.weight": w, "classifier.bias": b})

Or give .npy files, one per layer and one named labels.npy or given by --labels, which
may also be .txt with one label per line or .csv. A folder means the files in it, a
pattern such as 'run/*.npy' those that match, and - standard input. layer1_000.npy,
layer1_001.npy, … are parts of one layer if their lengths add up to that of the labels.

Several .npz or .safetensors files, and .npy files in several folders, are feature sets
of their own, each with its own labels and classifier; the table then has a column for
the file. With --shards they are parts of one. Samples with the label -100 are left
out. Arrays with several vectors per sample, N×T×d or N×C×H×W, need --pool; an N×T
array "mask" says which positions count.

The weights of a network in place of its features, and data that are here:

    pnclab measure --network net.safetensors --data mnist --split test --relu all

measures the features that they give on the samples, as they are read (pixels in 0..1)
or after --mean 0.1307 --std 0.3081, or --standardize. A file that pnc.Save or
python/pnclab_weights.py wrote describes its network; the state_dict of another, of
Linear and BatchNorm modules, does not say where activations are, which --relu does, nor
ε, --eps. --data is a set of images that pnclab data lists, or an .npz with an array
N×d or N×C×H×W and labels. The formats are described in docs/weights.md.

Samples on several machines: "measure --partial a.part FILE..." on each writes
statistics, "measure --merge a.part b.part" prints the table of all, with the bits that
one run over the same parts has. NC1 and NC4 need a second round on each machine,
"measure --partial a2.part --means a.part,b.part FILE...", and all files in the merge.

Features are read twice from the file, a few thousand samples at a time: memory does
not grow with their number. What is undefined is a dash, with the reason below the
table, and null in JSON; what is an upper bound, because features of a class differ by
rounding alone, is named there as well. The measures are defined in the documentation
of pnc.LayerMeasures; --only all prints every variant of them.

Classes of different size count in one of three ways, which table and JSON name:
    --weights paper      Σ_W is the mean over samples, Σ_B over classes, about the mean
                         of all samples; NC2 and NC3 are centred at the mean of class
                         means, NC2global and NC3global at that of all samples
    --weights samples    Σ_B is weighted by size as well, all centres are the mean of
                         all samples
    --weights classes    Σ_W, Σ_B, centres, accuracies and NC4 are means over classes

What takes more than two passes is measured on request: --residual takes two more and
a d×d matrix, as the spectrum does (d up to 4096). What takes the samples themselves
holds at most 2²⁵ features of a layer and takes the same share of every class where
there are more, with a note: --bootstrap, --test (neighbours of 2000 samples among
10,000), --cka (2048 samples) and --procrustes (1024).`,
		RunE: func(cmd *cobra.Command, paths []string) error {
			ofNetwork, err := network.given(cmd, paths)
			if err != nil {
				return err
			}
			if len(paths) == 0 && !ofNetwork {
				return errors.New("no features to measure; name a file, as in pnclab measure features.npz, or see pnclab measure --help")
			}
			if extension := filepath.Ext(figure); figure != "" && !slices.Contains([]string{".svg", ".png", ".pdf"}, extension) {
				return fmt.Errorf("%s: cannot save a figure as %q; use .png, .svg or .pdf", figure, extension)
			}
			if asCSV && only == nil {
				only = []string{"all"}
			}
			quantities, err := namedQuantities(only)
			if err != nil {
				return err
			}
			if only == nil {
				quantities = append(quantities, more.quantities()...)
			}
			if quantities, err = more.supply(quantities, only, merge || partial != "", asCSV); err != nil {
				return err
			}
			what := groupsOf(quantities, !asJSON, noSpectrum)
			if !more.residual && slices.Contains(only, "all") { // they take as long as all the rest
				what &^= pnc.Residual
			}
			if noSpectrum {
				quantities = slices.DeleteFunc(quantities, func(q pnc.Quantity) bool { return q.Group == pnc.Spectrum })
			}
			show := func(evs []*pnc.Evaluation, between []*pnc.LayerComparison) error {
				var drawn []pnc.Quantity // C, NC1 and D
				if only != nil && !slices.Contains(only, "all") {
					drawn = quantities
				}
				each := func(q pnc.Quantity) *plotting.Figure { return plotting.Measures(evs, q) }
				var snapshots []pnc.Snapshot
				if epochs {
					var err error
					if snapshots, err = snapshotsOf(evs); err != nil {
						return err
					}
					for i, s := range snapshots {
						evs[i] = s.Evaluation
					}
					each = func(q pnc.Quantity) *plotting.Figure { return plotting.DynamicsMap(plotting.Of(q), snapshots) }
				}
				figures := func() (all []*plotting.Figure) {
					for _, q := range orUsual(drawn) {
						all = append(all, each(q))
					}
					return all
				}
				if figure != "" {
					all := figures()
					if err := plotting.Save(plotting.Grid(min(3, len(all)), all...), figure); err != nil {
						return err
					}
				}
				if page != "" {
					if err := writePage(page, evs, between, figures(), snapshots); err != nil {
						return err
					}
				}
				return printEvaluations(cmd.OutOrStdout(), evs, between, quantities, asJSON, asCSV)
			}
			if ofNetwork {
				ev, err := network.measure(cmd, more.groups(what), more.seed)
				if err != nil {
					return err
				}
				return show([]*pnc.Evaluation{ev}, nil)
			}
			if merge {
				ev, err := pnc.MergePartials(cmd.Context(), paths)
				if err != nil {
					return err
				}
				ev.Name = "merged"
				return show([]*pnc.Evaluation{ev}, nil)
			}
			options.Parts = partial != ""
			sets, err := pnc.OpenFeatures(paths, &options)
			if err != nil {
				return err
			}
			defer closeSets(sets)
			if partial != "" {
				if len(sets) > 1 {
					return fmt.Errorf("--partial takes one feature set at a time, not %s and %s", sets[0].Name, sets[1].Name)
				}
				return sets[0].WritePartial(cmd.Context(), partial, what, means)
			}
			evs, err := measureSets(cmd, sets, what, &more, &options)
			if err != nil {
				return err
			}
			between, err := more.between(cmd, sets)
			if err != nil {
				return err
			}
			return show(evs, between)
		},
	}
	flags := measure.Flags()
	addFeatureFlags(measure, &options)
	flags.StringSliceVar(&only, "only", nil, "the `quantities` of table and CSV, such as C,NC1, which alone are computed; all for every variant, residuals only with --residual")
	flags.BoolVar(&noSpectrum, "no-spectrum", false, "leave out the spectrum and rank95, which take most of the time")
	flags.BoolVar(&more.classes, "classes", false, "print the measures of every class as well; in JSON also the cosines of all pairs of class means")
	flags.StringVar(&more.test, "test", "", "`file` of held-out features: accuracies of nearest class mean, five neighbours and linear probe")
	flags.StringVar(&more.ood, "ood", "", "`file` of features of samples of another kind, without labels: NC5")
	flags.IntVar(&more.bootstrap, "bootstrap", 0, "`number` of replicates for intervals of 95 %, such as 200")
	flags.BoolVar(&more.residual, "residual", false, "what a linear fit leaves of the labels (probe residual), with the fit of the law of next-token prediction")
	flags.BoolVar(&more.cka, "cka", false, "print the similarity of layers (debiased linear CKA) as well, between files too if they hold the same samples")
	flags.BoolVar(&more.procrustes, "procrustes", false, "print the Procrustes distance of layers as well, between files as --cka does")
	flags.IntVar(&more.seed, "seed", 1, "`seed` of bootstrap and of which samples are taken where not all are")
	flags.StringVar(&figure, "figure", "", "draw the quantities of --only, or C, NC1 and D, over the layers to a `file`: .svg, .png or .pdf")
	flags.BoolVar(&epochs, "epochs", false, "the files are one network after epochs that their names give, such as ckpt_10.npz: figures show epochs and layers as colours, --html an animation as well")
	flags.StringVar(&page, "html", "", "write one page with figure, every quantity and the numbers to a `file`")
	flags.StringVar(&partial, "partial", "", "write statistics of these samples to a `file`, to be merged with those of others")
	flags.StringSliceVar(&means, "means", nil, "`files` of the first --partial passes over all samples, for the second pass that NC1 and NC4 take")
	flags.BoolVar(&merge, "merge", false, "the files are those of --partial; print the table of all their samples")
	flags.BoolVar(&asJSON, "json", false, "print JSON instead of a table")
	flags.BoolVar(&asCSV, "csv", false, "print comma-separated values instead of a table")
	measure.MarkFlagsMutuallyExclusive("json", "csv")
	measure.MarkFlagsMutuallyExclusive("json", "only")
	measure.MarkFlagsMutuallyExclusive("partial", "merge")
	measure.MarkFlagsMutuallyExclusive("weights", "partial", "merge")
	network.add(measure, &options)
	return measure
}

// addFeatureFlags adds the flags that say how files of features are read.
func addFeatureFlags(c *cobra.Command, options *pnc.FeatureOptions) {
	flags := c.Flags()
	flags.StringVar(&options.Labels, "labels", "", "`file` with the labels: .npy, .npz, .txt or .csv")
	flags.StringVar(&options.LabelsName, "labels-name", "", "`name` of the array or column that holds the labels")
	flags.StringVar(&options.ClassifierName, "classifier", "", "`name` of the classifier: NAME or NAME.weight, and NAME.bias")
	flags.StringVar(&options.MaskName, "mask", "", "`name` of the N×T array that is 1 where a position counts")
	flags.StringVar(&options.Ignore, "ignore", "", "`label` of samples to leave out, none to keep all (default -100)")
	flags.TextVar(&options.Weights, "weights", pnc.AsPublished, "`how` classes of different size count: paper, samples or classes, see measure --help")
	flags.Var((*gigabytes)(&options.MaxMemory), "max-memory", "`GB` that measuring a layer may take, estimated from its shape (default 8)")
	flags.BoolVar(&options.Shards, "shards", false, "the .npz or .safetensors files are parts of one feature set, each with labels of its own")
	flags.StringVar(&options.Pool, "pool", "", "`how` one vector is made of those at all positions: mean, max, cls, last or flatten")
	flags.StringSliceVar(&options.Layers, "layers", nil, "`patterns` of the layers to measure, such as 'block*,fc'; all if not given")
}

func closeSets(sets []*pnc.StoredFeatures) {
	for _, s := range sets {
		s.Close()
	}
}

// measureSets measures feature sets one after the other and prints notes on them.
func measureSets(cmd *cobra.Command, sets []*pnc.StoredFeatures, what pnc.Measures, more *moreMeasures, o *pnc.FeatureOptions) ([]*pnc.Evaluation, error) {
	what = more.groups(what)
	var evs []*pnc.Evaluation
	names := shortNames(sets)
	for i, s := range sets {
		ctx := cmd.Context()
		sizes := s.ClassSizes()
		if least, most := slices.Min(sizes), slices.Max(sizes); 2*most > 3*least && o.Weights == pnc.AsPublished {
			s.Notes = append(s.Notes, fmt.Sprintf("%s: classes have %d to %d samples and count as in the paper, Σ_W by samples and Σ_B unweighted; --weights changes that", s.Name, least, most))
		}
		ev, err := s.Measure(ctx, what)
		if err == nil {
			err = more.add(ctx, s, ev, o)
		}
		for _, note := range s.Notes {
			fmt.Fprintln(cmd.ErrOrStderr(), "note:", note)
		}
		if err != nil {
			return nil, err
		}
		ev.Name = names[i]
		for _, m := range ev.Layers {
			if m.Dim < m.Classes-1 {
				fmt.Fprintf(cmd.ErrOrStderr(), "note: %s has %d features for %d classes, too few for equidistant class means: NC2 stays above 0\n", m.Name, m.Dim, m.Classes)
			}
		}
		evs = append(evs, ev)
	}
	return evs, nil
}

// shortNames returns the names of the sets without their folders, if they differ.
func shortNames(sets []*pnc.StoredFeatures) []string {
	var short, long []string
	seen := map[string]bool{}
	for _, s := range sets {
		base := filepath.Base(s.Name)
		short, long = append(short, base), append(long, s.Name)
		seen[base] = true
	}
	if len(seen) < len(sets) {
		return long
	}
	return short
}

// namedQuantities returns the quantities with the given names: those of usual tables
// for none, and every one for "all".
func namedQuantities(names []string) ([]pnc.Quantity, error) {
	var all []pnc.Quantity
	if len(names) == 0 {
		for _, q := range pnc.Quantities() {
			if !q.Variant {
				all = append(all, q)
			}
		}
		return all, nil
	}
	for _, name := range names {
		if strings.EqualFold(name, "all") {
			return pnc.Quantities(), nil
		}
		q, err := pnc.QuantityNamed(name)
		if err != nil {
			return nil, err
		}
		all = append(all, q)
	}
	return all, nil
}

// groupsOf returns the groups of measures to take: those of the quantities, or
// everything, and not the spectrum if it is not wanted.
func groupsOf(quantities []pnc.Quantity, these, noSpectrum bool) pnc.Measures {
	what := pnc.Everything
	if these {
		what = pnc.Scatter
		for _, q := range quantities {
			what |= q.Group
		}
	}
	if noSpectrum {
		what &^= pnc.Spectrum
	}
	return what
}

// gigabytes is a flag that holds a number of bytes.
type gigabytes int64

func (g *gigabytes) String() string { return "" }

func (g *gigabytes) Type() string { return "GB" }

func (g *gigabytes) Set(text string) error {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v > 0 && v < 1e9) {
		return fmt.Errorf("%q is no number of gigabytes", text)
	}
	*g = gigabytes(v * 1e9)
	return nil
}
