package pnc

import "testing"

// TestSnapshotMeasures checks that an experiment's choice of measures holds during
// training too.
func TestSnapshotMeasures(t *testing.T) {
	t.Setenv("PNC_CACHE", "off")
	e := Experiment{
		Data: NearlyOrthonormal{Classes: 2, PerClass: 3, Dim: 8}, Net: Linear(3, 8), Init: Orthogonal(0.5), Seed: 1,
		Train: Settings{Epochs: 4, MeasureEvery: 2},
	}
	for _, what := range []Measures{0, Scatter} {
		e.Measures = what
		snapshots := Must(e.Run(t.Context())).Result.History.Snapshots
		if len(snapshots) != 3 {
			t.Fatalf("%d snapshots, want 3", len(snapshots))
		}
		for _, s := range snapshots {
			if got := s.Evaluation.Layers[1].SingularValues != nil; got != (what == 0) {
				t.Errorf("measures %d, epoch %d: singular values: %t", what, s.Epoch, got)
			}
		}
	}
}
