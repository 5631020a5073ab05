//go:build !js

package pnc

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"pnclab/internal/budget/memtest"
)

// featuresFile writes a file of one layer of n samples, float32 or bytes, in the given
// number of classes, and returns its path.
func featuresFile(t *testing.T, n, dim, classes int, bytes bool) string {
	kind, width := "F32", 4
	if bytes {
		kind, width = "U8", 1
	}
	size := n * dim * width
	header := fmt.Sprintf(`{"a":{"dtype":"%s","shape":[%d,%d],"data_offsets":[0,%d]},"labels":{"dtype":"I64","shape":[%d],"data_offsets":[%d,%d]}}`, kind, n, dim, size, n, size, size+8*n)
	b := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
	rnd := rand.New(rand.NewPCG(1, 2))
	for range n * dim {
		if bytes {
			b = append(b, uint8(rnd.Uint32()))
		} else {
			b, _ = binary.Append(b, binary.LittleEndian, rnd.Float32())
		}
	}
	for i := range n {
		b = binary.LittleEndian.AppendUint64(b, uint64(i%classes))
	}
	return writeFile(t, b, filepath.Join(t.TempDir(), "x.safetensors"))
}

// TestMaxMemory compares the estimate of what measuring takes with what it takes, for
// layers in which blocks, classes times features, pairs of classes, and the Gram matrix
// are the largest part. The estimate is one to within a factor of two, and a tenth of
// what is measured may be garbage.
func TestMaxMemory(t *testing.T) {
	for _, test := range []struct {
		n, dim, classes int
		bytes           bool
		what            Measures
	}{
		{4000, 500, 2, false, Scatter | Collapse},
		{64, 100_000, 32, true, Everything},
		{2400, 100, 1200, false, Scatter | Collapse},
		{3000, 1500, 2, false, Everything},
	} {
		path := featuresFile(t, test.n, test.dim, test.classes, test.bytes)
		sets, err := OpenFeatures([]string{path}, nil)
		if err != nil {
			t.Fatal(err)
		}
		estimate := int64(sets[0].layers[0].memory(sets[0].labels, test.what))
		peak, _ := memtest.Peak(func() { _, err = sets[0].Measure(t.Context(), test.what) })
		sets[0].Close()
		t.Logf("%+v: %d MB, estimated as %d", test, peak/1e6, estimate/1e6)
		if err != nil || peak > estimate*22/10 || peak < estimate/2 {
			t.Errorf("%+v takes %d bytes, estimated as %d, %v", test, peak, estimate, err)
		}
		sets, err = OpenFeatures([]string{path}, &FeatureOptions{MaxMemory: estimate - 1})
		if err != nil {
			t.Fatal(err)
		}
		_, err = sets[0].Measure(t.Context(), test.what)
		expectError(t, "less than the estimate", err, "x.safetensors: a: measuring it takes some")
		expectError(t, "partial", sets[0].WritePartial(t.Context(), "never", test.what, nil), "--max-memory")
		sets[0].Close()
	}
}
