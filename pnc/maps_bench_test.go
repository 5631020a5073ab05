//go:build unix

package pnc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"pnclab/pnc/internal/neighbors"
)

// What bench/maps_peers.py measures too: the number of neighbours of maps, the sample
// itself included, and of trustworthiness; how many of the samples are asked how
// trustworthy a map is; and for how many the neighbours are compared with the exact ones.
const (
	benchNeighbors = 15
	benchTrusted   = 5000
	benchRecalled  = 1000
)

// BenchmarkMaps measures what bench/maps_peers.py measures of umap-learn, pynndescent and
// scikit-learn, on the same files: PNC_BENCH_MAPS is their prefix. Without it, it
// measures on rendered digits. It reports the time, the processor time of all threads and
// how good the result is. Maps and exact neighbours go to prefix.map-N and
// prefix.lists-N, for the other side to compare with.
func BenchmarkMaps(b *testing.B) {
	for _, n := range []int{5000, 10_000, 50_000} {
		for threads := 1; threads <= 2; threads++ {
			for _, c := range []struct {
				name string
				run  func(*mapsBench)
			}{
				{"umap", (*mapsBench).umap}, {"exact", (*mapsBench).exact}, {"approximate", (*mapsBench).approximate},
				{"plane", (*mapsBench).plane}, {"trustworthiness", (*mapsBench).trustworthiness}, {"probe", (*mapsBench).probe},
			} {
				b.Run(fmt.Sprintf("%s/n=%d/threads=%d", c.name, n, threads), func(b *testing.B) {
					m := newMapsBench(b, n)
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
					c.run(m)
				})
			}
		}
	}
}

// mapsBench is one of the benchmarks.
type mapsBench struct {
	*testing.B
	prefix string
	data   *Dataset
}

// newMapsBench reads or draws n samples.
func newMapsBench(b *testing.B, n int) *mapsBench {
	m := &mapsBench{B: b, prefix: os.Getenv("PNC_BENCH_MAPS")}
	if m.prefix == "" {
		m.prefix = b.TempDir() + "/maps"
		m.data = Must(Glyphs{PerClass: n / 10}.Generate(1))
		return m
	}
	var d int
	if _, err := fmt.Sscan(string(m.file(".dims")), &d); err != nil {
		b.Fatal(err)
	}
	x, labels := mat.NewDense(n, d, nil), make([]int, n)
	features, classes := m.file(".features"), m.file(".labels")
	for p := range n * d {
		x.RawMatrix().Data[p] = float64(math.Float32frombits(binary.LittleEndian.Uint32(features[4*p:])))
	}
	for i := range labels {
		labels[i] = int(binary.LittleEndian.Uint32(classes[4*i:]))
	}
	m.data = Must(NewDataset("features", x, labels, 10))
	return m
}

// file returns the contents of a file of the prefix.
func (m *mapsBench) file(suffix string) []byte {
	text, err := os.ReadFile(m.prefix + suffix)
	if err != nil {
		m.Fatal(err)
	}
	return text
}

// write writes numbers to a file of the prefix.
func (m *mapsBench) write(suffix string, numbers any) {
	f, err := os.Create(m.prefix + suffix)
	if err == nil {
		err = errors.Join(binary.Write(f, binary.LittleEndian, numbers), f.Close())
	}
	if err != nil {
		m.Fatal(err)
	}
}

// measure runs f and reports its processor time.
func (m *mapsBench) measure(f func()) {
	runtime.GC()
	before := m.processor()
	for m.Loop() {
		f()
	}
	m.ReportMetric((m.processor()-before).Seconds()/float64(m.N), "cpu-s")
}

// processor returns the processor time of this process.
func (m *mapsBench) processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		m.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (m *mapsBench) umap() {
	x := m.data.X()
	var low *mat.Dense
	m.measure(func() { low = UMAP(x, &UMAPOptions{Neighbors: benchNeighbors, Seed: 1}) })
	m.write(fmt.Sprintf(".map-%d", m.data.Len()), low.RawMatrix().Data)
	trusted := min(m.data.Len(), benchTrusted)
	m.ReportMetric(Trustworthiness(top(x, trusted), top(low, trusted), benchNeighbors), "trust")
}

// top returns the first n rows.
func top(x *mat.Dense, n int) *mat.Dense {
	_, d := x.Dims()
	return x.Slice(0, n, 0, d).(*mat.Dense)
}

func (m *mapsBench) exact() {
	x := m.data.X()
	var found *neighbors.Lists
	m.measure(func() { found = neighbors.Exact(x, benchNeighbors-1) })
	m.write(fmt.Sprintf(".lists-%d", m.data.Len()), found.Index)
}

func (m *mapsBench) approximate() {
	x := m.data.X()
	var found *neighbors.Lists
	m.measure(func() { found = neighbors.Approximate(x, benchNeighbors-1, 1) })
	file, err := os.ReadFile(fmt.Sprintf("%s.lists-%d", m.prefix, m.data.Len()))
	if errors.Is(err, fs.ErrNotExist) {
		return // exact was not run
	}
	exact := make([]int32, len(found.Index))
	if _, err = binary.Decode(file, binary.LittleEndian, exact); err != nil {
		m.Fatal(err)
	}
	right := 0
	for i := range benchRecalled {
		index, _ := found.Of(i)
		for _, j := range exact[i*found.K : (i+1)*found.K] {
			if slices.Contains(index, j) {
				right++
			}
		}
	}
	m.ReportMetric(float64(right)/float64(benchRecalled*found.K), "recall")
}

// low returns the map that umap wrote, or one of two of the features.
func (m *mapsBench) low() *mat.Dense {
	n := m.data.Len()
	low := mat.NewDense(n, 2, nil)
	file, err := os.ReadFile(fmt.Sprintf("%s.map-%d", m.prefix, n))
	if err == nil {
		_, err = binary.Decode(file, binary.LittleEndian, low.RawMatrix().Data)
	}
	if errors.Is(err, fs.ErrNotExist) { // umap was not run
		low, err = PCA(m.data.X(), 2), nil
	}
	if err != nil {
		m.Fatal(err)
	}
	return low
}

func (m *mapsBench) plane() {
	low := m.low()
	m.measure(func() { neighbors.Exact(low, benchNeighbors-1) })
}

func (m *mapsBench) trustworthiness() {
	x, low := m.data.X(), m.low()
	var t float64
	m.measure(func() { t = Trustworthiness(x, low, benchNeighbors) })
	m.ReportMetric(t, "trust")
}

// probe measures the probe of the samples themselves, as those of the layers behind need
// the network.
func (m *mapsBench) probe() {
	net := MLP(2, 10).Build(m.data, KaimingNormal(), 1)
	o := ProbeOptions{Layers: []int{0}}
	var found []ProbeAccuracy
	m.measure(func() { found = Must(Probe(m.Context(), net, m.data, nil, &o)) })
	m.ReportMetric(found[0].Train, "accuracy")
	o = o.withDefaults()
	m.ReportMetric(probeObjective(m.data, Must(o.fit(m.Context(), o.features(net, m.data)))[0], o.Ridge), "objective")
}

// probeObjective returns what least-squares probes of samples x_i minimise,
//
//	(Σ_i ‖W x_i + b - y_i‖² + λ‖W‖²)/N,
//
// with the λ of a relative ridge.
func probeObjective(data *Dataset, p *linearProbe, ridge float64) float64 {
	x := data.X()
	n, d := x.Dims()
	var trace float64
	for j := range d {
		column := mat.Col(nil, j, x)
		trace += stat.PopVariance(column, nil) * float64(n)
	}
	var residual mat.Dense
	residual.Mul(x, p.w.T())
	residual.Sub(&residual, data.OneHot())
	for i := range n {
		floats.Add(residual.RawRowView(i), p.bias)
	}
	fit, size := mat.Norm(&residual, 2), mat.Norm(p.w, 2)
	return (fit*fit + ridge*trace/float64(d)*size*size) / float64(n)
}
