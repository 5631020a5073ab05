package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"pnclab/pnc"
)

// mapsWork is one line of a comparison of maps: what is computed of how many samples.
type mapsWork struct {
	what string
	n    int
}

// mapsWorks are all lines, in an order in which maps and exact neighbours are there before
// something is compared with them.
func mapsWorks() (all []mapsWork) {
	for _, n := range []int{5000, 10_000, 50_000} {
		all = append(all, mapsWork{"umap", n}, mapsWork{"exact", n}, mapsWork{"approximate", n}, mapsWork{"plane", n}, mapsWork{"probe", n})
		if n <= 10_000 {
			all = append(all, mapsWork{"trustworthiness", n})
		}
	}
	return all
}

// mapsTable compares maps, nearest neighbours, trustworthiness and the probe with those of
// umap-learn, pynndescent and scikit-learn, for the pixels of images and for the features
// of a trained network.
func mapsTable(b *bench) (string, error) {
	var out strings.Builder
	peers, err := startPeers(b)
	if err != nil {
		return "", err
	}
	if peers == nil {
		log.Printf("no comparison of maps: %s has not the packages of bench/requirements-maps.txt", b.python)
	} else {
		defer peers.stop()
		fmt.Fprintf(&out, "Maps, neighbours and probes, beside %s.\n", peers.versions)
	}
	prefixes, names, err := mapsData(b)
	if err != nil {
		return "", err
	}
	for i, prefix := range prefixes {
		fmt.Fprintf(&out, "\n%s; seconds, and in brackets those of all threads together, medians of %d rounds:\n\n", names[i], b.rounds)
		t, err := mapsOf(b, peers, prefix)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(&out, t)
	}
	return out.String(), nil
}

// mapsOf returns the table for the data of one prefix.
func mapsOf(b *bench, peers *peerProcess, prefix string) (*table, error) {
	t := newTable("computation", "samples", "threads", "pnclab", "other", "ratio", "ratio of processor time", "pnclab's result", "other's")
	for _, w := range mapsWorks() {
		for _, threads := range []int{1, 2} {
			name := fmt.Sprintf("%s/n=%d/threads=%d", w.what, w.n, threads)
			log.Printf("  %s", name)
			var own, other []result
			for range b.rounds {
				r, err := b.goBench(pncPackage, "", "^BenchmarkMaps$/^"+strings.ReplaceAll(name, "/", "$/^")+"$", "1x", "PNC_BENCH_MAPS="+prefix)
				if err != nil {
					return nil, err
				}
				own = append(own, r...)
				if peers == nil {
					continue
				}
				if r, err = peers.run(w, prefix, threads); err != nil {
					return nil, err
				}
				other = append(other, r...)
			}
			t.row(append([]string{w.what, fmt.Sprint(w.n), fmt.Sprint(threads)}, mapsCells(own, other)...)...)
		}
	}
	return t, nil
}

// mapsCells returns the cells of a row.
func mapsCells(own, other []result) []string {
	if len(other) == 0 {
		return []string{mapsTime(own), "not installed", "", "", mapsQuality(own), ""}
	}
	ratio := func(unit string) string {
		var all []float64
		for i := range own {
			all = append(all, own[i].values[unit]/other[i].values[unit])
		}
		return fmt.Sprintf("%.2f", median(all))
	}
	return []string{mapsTime(own), mapsTime(other), ratio("ns/op"), ratio("cpu-s"), mapsQuality(own), mapsQuality(other)}
}

func mapsTime(all []result) string {
	return fmt.Sprintf("%.3g (%.3g)", median(values(all, "ns/op"))/1e9, median(values(all, "cpu-s")))
}

// mapsQuality returns how good results are.
func mapsQuality(all []result) string {
	var text []string
	for _, unit := range []string{"trust", "recall", "accuracy", "objective"} {
		if v := values(all, unit); len(v) > 0 && !math.IsNaN(v[0]) {
			text = append(text, fmt.Sprintf("%s %.4f", unit, median(v)))
		}
	}
	return strings.Join(text, ", ")
}

// values returns the values of a unit.
func values(all []result, unit string) (v []float64) {
	for _, r := range all {
		if x, ok := r.values[unit]; ok {
			v = append(v, x)
		}
	}
	return v
}

// median returns the middle value, the lower one of two.
func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	v = slices.Sorted(slices.Values(v))
	return v[(len(v)-1)/2]
}

// mapsData writes 50,000 images, MNIST if it is there and rendered digits otherwise, and
// what a layer of a network that was trained on them makes of them, and returns the
// prefixes of their files and their names.
func mapsData(b *bench) (prefixes, names []string, err error) {
	const perClass = 5000
	data, err := pnc.Images{Set: "mnist", PerClass: perClass}.Generate(1)
	if err == nil && data.Len() < 10*perClass {
		data, err = pnc.Glyphs{PerClass: perClass}.Generate(1)
	}
	if err != nil {
		return nil, nil, err
	}
	if data, err = data.Subset(rand.New(rand.NewPCG(1, 0)).Perm(data.Len())); err != nil {
		return nil, nil, err
	}
	const width, layer = 512, 4
	net := pnc.MLP(6, width).Build(data, pnc.KaimingNormal(), 1)
	if _, err = pnc.Train(b.ctx, net, data, &pnc.Settings{LearningRate: 0.02, Momentum: 0.9, Batch: 128, Epochs: 3, Precision: pnc.Float32}); err != nil {
		return nil, nil, err
	}
	features, err := net.FeatureData(data, layer)
	if err != nil {
		return nil, nil, err
	}
	prefixes = []string{filepath.Join(b.dir, "pixels"), filepath.Join(b.dir, "layer")}
	names = []string{
		fmt.Sprintf("%s, %d pixels", data.Name, data.Dim()),
		fmt.Sprintf("Features of layer %d, of width %d, after three epochs of training on them", layer, width),
	}
	if err := writeFeatures(prefixes[0], data); err != nil {
		return nil, nil, err
	}
	return prefixes, names, writeFeatures(prefixes[1], features)
}

// writeFeatures writes samples and labels as bench/maps_peers.py reads them.
func writeFeatures(prefix string, data *pnc.Dataset) error {
	x, labels := make([]float32, 0, data.Len()*data.Dim()), make([]int32, data.Len())
	var row []float64
	for i, label := range data.Labels {
		row = data.Row(row, i)
		for _, v := range row {
			x = append(x, float32(v))
		}
		labels[i] = int32(label)
	}
	write := func(suffix string, numbers any) error {
		text, err := binary.Append(nil, binary.LittleEndian, numbers)
		if err != nil {
			return err
		}
		return os.WriteFile(prefix+suffix, text, 0o600)
	}
	return errors.Join(write(".features", x), write(".labels", labels), os.WriteFile(prefix+".dims", []byte(fmt.Sprint(data.Dim())), 0o600))
}

// peerProcess is a running bench/maps_peers.py, which keeps what it has compiled.
type peerProcess struct {
	command  *exec.Cmd
	in       io.WriteCloser
	out      *bufio.Reader
	versions string
	warm     map[string]bool
}

// startPeers starts the script. It returns nil if a package is not installed.
func startPeers(b *bench) (*peerProcess, error) {
	if exec.CommandContext(b.ctx, b.python, "-c", "import umap, pynndescent, sklearn, numba").Run() != nil {
		return nil, b.ctx.Err()
	}
	p := &peerProcess{command: exec.CommandContext(b.ctx, b.python, "bench/maps_peers.py"), warm: map[string]bool{}}
	p.command.Stderr = os.Stderr
	var err error
	if p.in, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if p.versions, err = p.out.ReadString('\n'); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	p.versions = strings.TrimSpace(p.versions)
	return p, nil
}

func (p *peerProcess) stop() error { return errors.Join(p.in.Close(), p.command.Wait()) }

// run has the script do the work, once before on few samples if it has not done such work yet.
func (p *peerProcess) run(w mapsWork, prefix string, threads int) ([]result, error) {
	// From 4,096 samples on umap-learn computes neighbours approximately.
	const few = 5000
	key := fmt.Sprint(w.what, threads)
	if !p.warm[key] {
		p.warm[key] = true
		if _, err := p.run(mapsWork{w.what, few}, prefix, threads); err != nil {
			return nil, err
		}
	}
	file := ""
	switch w.what {
	case "umap":
		file = prefix + ".peer"
	case "exact", "approximate":
		file = fmt.Sprintf("%s.lists-%d", prefix, w.n)
	case "plane", "trustworthiness":
		file = fmt.Sprintf("%s.map-%d", prefix, w.n)
	}
	if _, err := fmt.Fprintln(p.in, w.what, prefix, w.n, threads, file); err != nil {
		return nil, err
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("bench/maps_peers.py ended at %s of %d samples: %w", w.what, w.n, err)
	}
	return parseResults(line)
}
