package main

import (
	"fmt"
	"log"
	"slices"
	"strings"
)

const (
	gemmPackage = "./pnc/internal/gemm"
	pncPackage  = "./pnc"
)

// table is a Markdown table.
type table struct{ strings.Builder }

func newTable(heads ...string) *table {
	t := new(table)
	t.row(heads...)
	t.row(slices.Repeat([]string{"---"}, len(heads))...)
	return t
}

func (t *table) row(cells ...string) { fmt.Fprintf(t, "| %s |\n", strings.Join(cells, " | ")) }

// gemmTables compares matrix products with those of OpenBLAS, if it can be linked,
// and of gonum.
func gemmTables(b *bench) (string, error) {
	var out strings.Builder
	core, err := b.openBLASCore()
	if err != nil {
		log.Printf("no comparison with OpenBLAS, which needs a C compiler and libopenblas: %v", err)
	} else {
		all, err := b.goBench(gemmPackage, "openblas", "Versus", "25x", "OPENBLAS_CORETYPE="+core, "OPENBLAS_THREAD_TIMEOUT=10")
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&out, "Matrix products compared with OpenBLAS with kernels for %s: GFLOP/s of the fastest of 25 runs, their ratio, and the median ratio of successive runs:\n\n", core)
		t := newTable("product, m×n×k", "pnclab", "OpenBLAS", "ratio", "median")
		for _, r := range all {
			own, other := r.values["GFLOP/s"], r.values["OpenBLAS-GFLOP/s"]
			t.row(product(r.name), fmt.Sprintf("%.0f", own), fmt.Sprintf("%.0f", other), fmt.Sprintf("%.2f", own/other), fmt.Sprintf("%.2f", r.values["ratio"]))
		}
		fmt.Fprintln(&out, t)
	}
	all, err := b.goBench(gemmPackage, "", "(GEMM|Gonum)/f../NN/.*/threads=1", "200ms")
	if err != nil {
		return "", err
	}
	fmt.Fprint(&out, "Compared with gonum, on one thread, GFLOP/s:\n\n")
	t := newTable("product, m×n×k", "pnclab", "gonum", "ratio")
	for _, r := range all {
		name, ok := strings.CutPrefix(r.name, "GEMM/")
		other := value(all, "Gonum/"+name, "GFLOP/s")
		if ok && other > 0 {
			own := r.values["GFLOP/s"]
			t.row(product(r.name), fmt.Sprintf("%.0f", own), fmt.Sprintf("%.0f", other), fmt.Sprintf("%.1f", own/other))
		}
	}
	fmt.Fprintln(&out, t)
	return out.String(), nil
}

// product makes a benchmark's name readable.
func product(name string) string {
	p := strings.Split(name, "/") // GEMM/f32/NN/1024x1024x1024/threads=1
	return fmt.Sprintf("%s %s %s, %s", p[1], p[2], strings.ReplaceAll(p[3], "x", "×"), strings.Replace(p[4], "threads=", "threads ", 1))
}

// openBLASCore returns the processor type whose OpenBLAS kernels are fastest on this
// machine.
func (b *bench) openBLASCore() (string, error) {
	best, fastest, err := "", 0.0, error(nil)
	for _, core := range []string{"Haswell", "Zen", "SkylakeX", "Cooperlake", "Sapphirerapids"} {
		all, e := b.goBench(gemmPackage, "openblas", "OpenBLAS/f32/NN/1024x1024x1024/threads=1", "20x", "OPENBLAS_CORETYPE="+core)
		if e != nil { // not linked, or this machine lacks the instructions
			err = e
			continue
		}
		if len(all) > 0 && all[0].values["GFLOP/s"] > fastest {
			best, fastest = core, all[0].values["GFLOP/s"]
		}
	}
	if best == "" {
		return "", err
	}
	return best, nil
}

// trainTable compares training steps with those of PyTorch in its fastest setting.
func trainTable(b *bench) (string, error) {
	t, err := b.beside("TrainStep", "8s", []string{"mlp-bn", "mlp-bn-adam", "hybrid-bn"})
	return "Training steps, 3072-1024×7-10 with BatchNorm, batch 128, momentum (or Adam) and weight decay, float32, two threads; samples/s of the fastest ten steps:\n\n" + t, err
}

// convTable does the same for residual networks, and for inference and measuring.
func convTable(b *bench) (string, error) {
	var out strings.Builder
	for _, c := range []struct{ benchmark, pass, title string }{
		{"ConvStep", "train", "Training steps of ResNet-20 of 16 channels and ResNet-18 of 32, images of 3×32×32, batch 125; samples/s of the fastest ten steps, of three in PyTorch"},
		{"ConvForward", "forward", "Inference, samples/s of the fastest 1,000 images, 375 in PyTorch"},
		{"ConvMeasure", "measure", "Measuring C, D and traces of the input and all layers beside the sums that they need in PyTorch, likewise"},
	} {
		log.Printf("  %s", c.pass)
		t, err := b.beside(c.benchmark, "20s", []string{"resnet20", "resnet18w32"}, "--conv", "--seconds", "5", "--pass", c.pass)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&out, "%s:\n\n%s\n", c.title, t)
	}
	return out.String(), nil
}

// beside returns the table that compares a benchmark of networks, run for some time, with
// the PyTorch script.
func (b *bench) beside(benchmark, duration string, names []string, script ...string) (string, error) {
	own, other, ratios, settings := map[string][]float64{}, map[string][]float64{}, map[string][]float64{}, map[string]string{}
	for i := range b.rounds {
		log.Printf("  round %d of %d", i+1, b.rounds)
		// For as long as PyTorch runs in all its settings: more steps have a faster best.
		ours, err := b.goBench(pncPackage, "", benchmark+"/^("+strings.Join(names, "|")+")$/f32/threads=2", duration)
		if err != nil {
			return "", err
		}
		theirs, err := b.torch(append([]string{"--threads", "2"}, script...)...)
		if err != nil {
			return "", err
		}
		for _, name := range names {
			best := 0.0
			for _, r := range theirs {
				if v := r.values["samples/s"]; strings.Contains(r.name, "/"+name+"/") && v > best {
					best = v
					if v > slices.Max(append(other[name], 0)) {
						settings[name] = r.name[strings.LastIndexByte(r.name, '/')+1:]
					}
				}
			}
			v := value(ours, benchmark+"/"+name+"/f32/threads=2", "best-samples/s")
			own[name], other[name] = append(own[name], v), append(other[name], best)
			if best > 0 {
				ratios[name] = append(ratios[name], v/best)
			}
		}
	}
	t := newTable("network", "pnclab", "PyTorch", "setting", "ratio of the best", "median ratio", "all ratios")
	for _, name := range names {
		o, p := slices.Max(own[name]), slices.Max(other[name])
		if p == 0 {
			t.row(name, fmt.Sprintf("%.0f", o), "not installed", "", "", "", "")
			continue
		}
		slices.Sort(ratios[name])
		t.row(name, fmt.Sprintf("%.0f", o), fmt.Sprintf("%.0f", p), settings[name], fmt.Sprintf("%.2f", o/p),
			fmt.Sprintf("%.2f", ratios[name][len(ratios[name])/2]), fmt.Sprintf("%.2f", ratios[name]))
	}
	return t.String(), nil
}

// measureTable compares measuring with the forward pass that it needs.
func measureTable(b *bench) (string, error) {
	var shares []float64
	var last []result
	for range 3 {
		all, err := b.goBench(pncPackage, "", "Measure/7x1024", "1x")
		if err != nil {
			return "", err
		}
		last = all
		shares = append(shares, value(all, "Measure/7x1024/n=50000/forward", "samples/s")/value(all, "Measure/7x1024/n=50000", "samples/s")-1)
	}
	slices.Sort(shares)
	t := newTable("", "samples/s", "bytes held")
	t.row("forward pass", fmt.Sprintf("%.0f", value(last, "Measure/7x1024/n=50000/forward", "samples/s")), "")
	t.row("with C, D and traces of the input and 7×1024 features", fmt.Sprintf("%.0f", value(last, "Measure/7x1024/n=50000", "samples/s")), fmt.Sprintf("%.0f", value(last, "Measure/7x1024/n=50000", "bytes")))
	return fmt.Sprintf("Measuring 50,000 samples takes %.0f %% longer than the forward pass (median of three; %.0f %%):\n\n%s", 100*shares[1], percent(shares), t), nil
}

func percent(x []float64) (p []float64) {
	for _, v := range x {
		p = append(p, 100*v)
	}
	return p
}

// linearTable compares the methods of training a deep linear network.
func linearTable(b *bench) (string, error) {
	all, err := b.goBench(pncPackage, "", "(Full|Chain|Reduced)Step", "500ms")
	if err != nil {
		return "", err
	}
	t := newTable("width, depth 6", "all weights", "chain", "reduced", "reduced / all weights")
	for _, width := range []string{"50", "400", "700"} {
		get := func(method string) float64 {
			return value(all, fmt.Sprintf("%sStep/width=%s/depth=6", method, width), "steps/s")
		}
		full, chain, reduced := get("Full"), get("Chain"), get("Reduced")
		t.row(width, fmt.Sprintf("%.0f", full), fmt.Sprintf("%.0f", chain), fmt.Sprintf("%.0f", reduced), fmt.Sprintf("%.0f", reduced/full))
	}
	study, err := b.goBench(pncPackage, "", "AssumptionStudy", "1x")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Deep linear networks, 30 samples, full batch, float64, steps/s:\n\n%s\nThe study of the assumptions, 90 networks to convergence: %.0f s.\n",
		t, value(study, "AssumptionStudy", "ns/op")/1e9), nil
}
