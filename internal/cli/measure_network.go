package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pnclab/pnc"
)

// networkFlags are the flags of measure for the weights of a network and data that its
// features are computed of here.
type networkFlags struct {
	file, data, split     string
	perClass              int
	standardize           bool
	mean, std             []float64
	relu, order           []string
	eps                   float64
	labels, names, ignore *string
	own                   []string // the flags that belong to file
}

// given reports whether there is a network to measure, and returns an error if flags do
// not fit that.
func (n *networkFlags) given(cmd *cobra.Command, paths []string) (bool, error) {
	if n.file != "" && len(paths) > 0 {
		return true, fmt.Errorf("--network takes the place of files of features such as %s; --data says what it is measured on", paths[0])
	}
	for _, name := range n.own {
		if n.file == "" && cmd.Flags().Changed(name) {
			return false, fmt.Errorf("--%s belongs to --network, the weights of a network; files of features have their own samples", name)
		}
	}
	return n.file != "", nil
}

// add adds the flags to a command, which has those of features already.
func (n *networkFlags) add(c *cobra.Command, features *pnc.FeatureOptions) {
	n.labels, n.names, n.ignore = &features.Labels, &features.LabelsName, &features.Ignore
	flags := c.Flags()
	flags.StringVar(&n.file, "network", "", "a `file` of weights, .safetensors or .npz, in place of features: those of --data are computed here")
	flags.StringVar(&n.data, "data", "", "what --network is measured on: a `set` of images that pnclab data lists, or a file of samples and labels")
	flags.StringVar(&n.split, "split", "", "`part` of the set: train, test or sample (default train)")
	flags.IntVar(&n.perClass, "per-class", 0, "`number` of samples of every class, drawn with --seed; 0 means all")
	flags.BoolVar(&n.standardize, "standardize", false, "shift and scale the samples to mean 0 and variance 1, images per channel")
	flags.Float64SliceVar(&n.mean, "mean", nil, "`means` of the channels, subtracted from values in 0..1, such as 0.1307")
	flags.Float64SliceVar(&n.std, "std", nil, "`standard deviations` of the channels, by which values are then divided")
	flags.StringSliceVar(&n.relu, "relu", nil, "the linear `modules` of a state_dict after which a ReLU follows: all hidden ones, none, or names such as fc1,fc2")
	flags.StringSliceVar(&n.order, "order", nil, "the linear `modules` of a state_dict from the input on, where names and shapes do not say it")
	flags.Float64Var(&n.eps, "eps", 0, "`ε` of the BatchNorms of a state_dict (default 1e-5, as PyTorch)")
	for _, other := range []string{"partial", "merge", "means", "test", "ood", "bootstrap", "cka", "procrustes", "shards", "pool", "mask", "classifier", "layers", "epochs", "weights"} {
		c.MarkFlagsMutuallyExclusive("network", other)
	}
	n.own = []string{"data", "split", "per-class", "standardize", "mean", "std", "relu", "order", "eps"}
	c.MarkFlagsMutuallyExclusive("standardize", "mean")
	c.MarkFlagsRequiredTogether("mean", "std")
}

// measure measures the network on the data and prints notes on both.
func (n *networkFlags) measure(cmd *cobra.Command, what pnc.Measures, seed int) (*pnc.Evaluation, error) {
	if n.data == "" {
		return nil, fmt.Errorf("%s: nothing to measure it on; --data names a set of images that pnclab data lists, or a file of samples and labels", n.file)
	}
	note := func(format string, args ...any) {
		fmt.Fprintf(cmd.ErrOrStderr(), "note: "+format+"\n", args...)
	}
	var options *pnc.LoadOptions
	if n.relu != nil || n.order != nil || n.eps != 0 {
		options = &pnc.LoadOptions{ReLU: n.relu, Order: n.order, Eps: n.eps}
		switch {
		case slices.Equal(n.relu, []string{"all"}):
			options.ReLU = []string{"*"}
		case slices.Equal(n.relu, []string{"none"}):
			options.ReLU = []string{}
		}
	}
	net, err := pnc.Load(n.file, options)
	if err != nil {
		return nil, err
	}
	note("%s: %s", n.file, layersOf(net))
	data, err := n.samples(cmd.Context(), seed)
	if err != nil {
		return nil, err
	}
	if !n.isFile() && n.mean == nil && !n.standardize {
		note("%s: pixels in 0..1 as they are; --mean and --std where training had others, as most do", data.Name)
	}
	if net.In() != data.Dim() {
		return nil, fmt.Errorf("%s takes %d features, but samples of %s have %d; choose the data it was trained on (a first weight is stored as out×in)", n.file, net.In(), data.Name, data.Dim())
	}
	if net.Out() != data.K() {
		return nil, fmt.Errorf("%s has %d outputs, but %s has %d classes; it needs one output per class", n.file, net.Out(), data.Name, data.K())
	}
	ev, err := pnc.MeasureWith(cmd.Context(), net, data, &pnc.MeasureOptions{Measures: what})
	if err != nil {
		return nil, err
	}
	ev.Name, ev.ClassNames = filepath.Base(n.file)+" on "+data.Name, data.ClassNames
	if k := float64(data.K()); ev.Accuracy < min(2/k, (1+1/k)/2) {
		note("accuracy %.1f %%, chance is %.1f %%: were normalisation of samples (--mean, --std), order of pixels and classes, and activations those of training?", 100*ev.Accuracy, 100/k)
	}
	return ev, nil
}

// samples returns the data that the flags describe.
func (n *networkFlags) samples(ctx context.Context, seed int) (*pnc.Dataset, error) {
	var data *pnc.Dataset
	var err error
	if n.isFile() {
		if n.split != "" {
			return nil, fmt.Errorf("--split is for sets that pnclab data lists, not for files such as %s", n.data)
		}
		data, err = pnc.ReadSamples(n.data, &pnc.FeatureOptions{Labels: *n.labels, LabelsName: *n.names, Ignore: *n.ignore})
	} else {
		data, err = pnc.ImageFiles{Set: n.data, Split: n.split}.Load(ctx)
	}
	if err == nil && n.perClass != 0 {
		data, err = data.PerClass(n.perClass, seed)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case n.standardize:
		return data.Standardize(), nil
	case n.mean != nil:
		return data.Normalize(n.mean, n.std)
	}
	return data, nil
}

// isFile reports whether the data are a file, not the name of a set.
func (n *networkFlags) isFile() bool {
	_, err := os.Stat(n.data)
	return err == nil || filepath.Ext(n.data) != ""
}

// layersOf returns the layers of a network on one line, such as "784 → fc1: 256, BatchNorm,
// ReLU → fc2: 10".
func layersOf(net *pnc.Network) string {
	parts := []string{fmt.Sprint(net.In())}
	for i := range net.Layers {
		l := &net.Layers[i]
		s := fmt.Sprintf("%s: %d", l.Name, l.Out())
		if l.Conv != nil {
			s = fmt.Sprintf("%s: %d×%d convolution, %v", l.Name, l.Conv.Kernel, l.Conv.Kernel, l.Shape())
		}
		if l.Norm != nil {
			s += ", BatchNorm"
		}
		if l.Skip != nil {
			s += fmt.Sprintf(", skip from layer %d", l.Skip.From)
		}
		if l.ReLU {
			s += ", ReLU"
		}
		if l.Pool != nil {
			s += ", pooling"
		}
		parts = append(parts, s)
	}
	const most = 12
	if len(parts) > most {
		left := fmt.Sprintf("(%d layers)", len(parts)-most)
		parts = slices.Concat(parts[:most/2], []string{left}, parts[len(parts)-most/2:])
	}
	return strings.Join(parts, " → ")
}
