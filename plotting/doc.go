// Package plotting draws the figures of the layer-by-layer study of features:
// compression and discrimination over layers with the law beside the
// measurement, spectra, ranks, loss curves, dynamics and feature maps.
//
// A figure over layers is made of traces, each of which says where its values come
// from: they are [Measured] in one or several runs, [Predicted] by the theory, taken
// from the [Paper], or a [Bound]. The same trace can be part of several figures:
//
//	trained := plotting.Measured("trained, ten seeds", evs...)
//	law := plotting.Predicted("closed form", pnc.Predict(data, setting))
//	plotting.Show(plotting.Row(
//		plotting.Compression(trained, law),
//		plotting.Discrimination(trained, law, plotting.Bound("bound of the theorem", bound)),
//	))
//
// [Show] displays figures and tables in a GoNB notebook and writes files elsewhere;
// [Save] writes one figure as PNG, SVG or PDF. [Row] and [Grid] put figures side by
// side, [Twin] draws two on top of each other, each with its own y axis.
//
// [Interact] gives any figure controls that a reader moves, [Live] shows a network while
// it trains, and [Playground] puts a page for everything at once into a notebook.
//
// Everything is drawn with gonum/plot. The marks of this package ([Line], [Band],
// [ErrorBars], [Shade], [HeatMap], [Contours]), its tick markers and its text handler
// [MathText] work in any gonum plot. Values that are NaN or infinite, or not positive
// where the axis is logarithmic, are left out of a figure. A programming error, such as
// coordinates of different lengths, panics with a message that starts with
// "plotting: ".
//
// Labels may contain some mathematics, which [MathText] typesets: "C_{l+1}/C_l",
// "\xi = 10^{-3}", "$C_\ell$".
package plotting
