// Package plotting draws the figures of the layer-by-layer study of features:
// compression and discrimination over layers with the law beside the
// measurement, spectra, ranks, loss curves, dynamics and feature maps.
//
// A figure over layers is made of traces, each of which says what its values
// are: [Measured] from one or several runs, [Predicted] by the theory, read off
// the [Paper], or a [Bound]. The same trace can go into several figures:
//
//	trained := plotting.Measured("trained, ten seeds", evs...)
//	law := plotting.Predicted("closed form", pnc.Predict(data, setting))
//	plotting.Show(plotting.Row(
//		plotting.Compression(trained, law),
//		plotting.Discrimination(trained, law, plotting.Bound("bound of the theorem", bound)),
//	))
//
// [Show] displays figures and tables inside a GoNB notebook and writes files
// elsewhere; [Save] writes one figure as PNG, SVG or PDF. [Row] and [Grid] set
// figures side by side, [Twin] lays two over each other with an axis each.
//
// Everything is drawn with gonum/plot, and the marks here ([Line], [Band],
// [ErrorBars], [Shade], [HeatMap]), its tick markers and its text handler
// [MathText] can be added to any gonum plot. Values that are NaN or infinite, or
// not positive where the axis is logarithmic, are left out of a figure. A
// programmer's mistake, such as coordinates of different lengths, panics with a
// message that starts with "plotting: ".
//
// Labels are set by [MathText]: "C_{l+1}/C_l", "\xi = 10^{-3}", "$C_\ell$".
package plotting
