package plotting_test

import (
	"testing"

	"pnclab/plotting"
)

// BenchmarkFigure draws and encodes the figure of a notebook at its resolution.
func BenchmarkFigure(b *testing.B) {
	f := plotting.Compression(plotting.Measured("trained", tenSeeds(0.284)...), plotting.Predicted("closed form", decay(0.2846, 0, 0)))
	b.Run("draw", func(b *testing.B) {
		for b.Loop() {
			f.Image(192)
		}
	})
	dir := b.TempDir()
	b.Run("save", func(b *testing.B) {
		for b.Loop() {
			if err := plotting.Save(f, dir+"/figure.png"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
