package pnc

// A page has no files: it knows the sources that make data, so that the program
// does not hold readers of archives and texts.
func init() {
	registerOwn(
		NearlyOrthonormal{}, GaussianSpectrum{}, Uniform{}, Blobs{}, Topics{}, Glyphs{},
		Unbalanced{}, OnlyClasses{}, Relabeled{}, Portion{}, Subclasses{}, GlyphFonts{},
	)
}
