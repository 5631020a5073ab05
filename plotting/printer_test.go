package plotting

import (
	"bytes"
	"strings"
	"testing"

	"pnclab/pnc"
)

// TestPrinter checks the last line of a progress display.
func TestPrinter(t *testing.T) {
	data := pnc.Must(pnc.NearlyOrthonormal{Classes: 3, PerClass: 5, Dim: 20, Noise: 1}.Generate(1))
	net := pnc.Linear(3, 20).Build(data, pnc.Orthogonal(0.3), 1)
	var b bytes.Buffer
	pnc.Must(pnc.Train(t.Context(), net, data, &pnc.Settings{Epochs: 4, Recorder: &printer{w: &b}}))
	if s := b.String(); !strings.Contains(s, "epoch 4/4") || !strings.HasSuffix(s, "\n") {
		t.Errorf("progress %q", s)
	}
}
