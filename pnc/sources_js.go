package pnc

// A page reads no experiments from files: it knows the sources that it has controls for,
// so that the program does not hold the others.
func init() {
	registerOwn(
		NearlyOrthonormal{}, GaussianSpectrum{}, Blobs{}, Glyphs{}, OnlyClasses{},
	)
}
