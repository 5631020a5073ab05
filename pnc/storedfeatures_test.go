//go:build !js

package pnc

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
)

// writeFloat32 writes n×d features and labels in k classes to a folder, and returns it
// and the features.
func writeFloat32(t *testing.T, n, d, k int, rnd *rand.Rand) (dir string, x *mat.Dense, labels []int) {
	t.Helper()
	dir = t.TempDir()
	z := make([]float32, n*d)
	x = mat.NewDense(n, d, nil)
	y := make([]int64, n)
	labels = make([]int, n)
	for i := range n {
		labels[i] = rnd.IntN(k)
		y[i] = int64(labels[i])
		for j := range d {
			z[i*d+j] = float32(math.Sin(float64(labels[i]*(j+1))) + 0.5*rnd.NormFloat64())
			x.Set(i, j, float64(z[i*d+j]))
		}
	}
	for name, content := range map[string]struct {
		descr, shape string
		data         any
	}{"z.npy": {"<f4", fmt.Sprintf("(%d, %d)", n, d), z}, "labels.npy": {"<i8", fmt.Sprintf("(%d,)", n), y}} {
		header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", content.descr, content.shape)
		var b bytes.Buffer
		b.WriteString("\x93NUMPY\x01\x00")
		binary.Write(&b, binary.LittleEndian, uint16(len(header)))
		b.WriteString(header)
		binary.Write(&b, binary.LittleEndian, content.data)
		writeFile(t, b.Bytes(), filepath.Join(dir, name))
	}
	return dir, x, labels
}

// TestStoredFeatures measures features in a file of many chunks, with samples of all
// classes mixed, and the same in memory.
func TestStoredFeatures(t *testing.T) {
	const seed = 17
	t.Logf("seed %d", seed)
	dir, x, labels := writeFloat32(t, 2*chunkRows+77, 6, 5, rand.New(rand.NewPCG(seed, 0)))
	sets, err := OpenFeatures([]string{dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer sets[0].Close()
	got := Must(sets[0].Measure(t.Context(), Everything)).Layers[0]
	want := measureOne(t, x, labels, 5)
	for _, q := range quantities {
		// Sums of 8000 float64 of order one in another order; those of NC1 are divided by the
		// smallest eigenvalue of Σ_B.
		if a, b := q.Of(got), q.Of(want); !math.IsNaN(a) || !math.IsNaN(b) {
			approx.Equal(t, q.Name, a, b, 1e-11, 0)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sets[0].Measure(ctx, Everything); err == nil {
		t.Error("measured although cancelled")
	}
}

// TestMeasureMemory checks that measuring allocates no more than a small share of what
// further samples take in the file: features are not held.
func TestMeasureMemory(t *testing.T) {
	const seed, d = 18, 256
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	allocated := func(n int) uint64 {
		dir, _, _ := writeFloat32(t, n, d, 4, rnd)
		sets, err := OpenFeatures([]string{dir}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer sets[0].Close()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Must(sets[0].Measure(t.Context(), Everything))
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	few, many := 3*chunkRows, 9*chunkRows
	a, b := allocated(few), allocated(many)
	if more, file := int64(b)-int64(a), int64(4*d*(many-few)); more > file/3 {
		t.Errorf("%d more bytes allocated for %d more bytes of features", more, file)
	}
}
