package plotting_test

import (
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/plot/cmpimg"
)

// colorTolerance is the distance between colours, from 0 to 1, up to which pixels
// count as equal. Processors that fuse multiplication and addition round
// positions differently; where that moves an edge by the 1/64 of a pixel to which
// the rasteriser rounds, a pixel on it changes by 4 of 255 levels, and may then be
// given another of the 256 colours of the file, at most half a step of 16 levels
// away. In cmpimg's measure 12 levels of grey are 0.05.
const colorTolerance = 0.05

// checkFigure compares the figure that an Example saves with a reference image.
// Run the tests with -regen to regenerate the references.
func checkFigure(t *testing.T, example func(), name string) {
	t.Helper()
	cmpimg.CheckPlotApprox(example, t, colorTolerance, name)
	if !t.Failed() { // after a failure the image is kept for inspection
		os.Remove(filepath.Join("testdata", name))
	}
}

func TestFigures(t *testing.T) {
	for name, example := range map[string]func(){
		"compression.png":                ExampleCompression,
		"several.png":                    ExampleCompression_several,
		"discrimination.png":             ExampleDiscrimination,
		"row.png":                        ExampleRow,
		"compression-discrimination.png": ExampleCompressionDiscrimination,
		"ratios.png":                     ExampleRatios,
		"layers.png":                     ExampleLayers,
		"transfer.png":                   ExampleOver,
		"named.png":                      ExampleTrace_Named,
		"spectrum.png":                   ExampleSpectrum,
		"cells.png":                      ExampleCells,
		"loss.png":                       ExampleLossCurve,
		"rank-accuracy.png":              ExampleRankAccuracy,
		"assumptions.png":                ExampleAssumptions,
		"embedding.png":                  ExampleEmbedding,
		"features.png":                   ExampleFeatures,
		"dynamics.png":                   ExampleDynamics,
		"dynamics-map.png":               ExampleDynamicsMap,
		"phases.png":                     ExamplePhaseDiagram,
		"strip.png":                      ExampleStrip,
		"histogram.png":                  ExampleHistogram,
		"error-scaling.png":              ExampleErrorScaling,
		"marks.png":                      ExampleNewBand,
	} {
		t.Run(name, func(t *testing.T) { checkFigure(t, example, name) })
	}
}
