//go:build !js

package pnc

func init() {
	registerOwn(
		NearlyOrthonormal{}, GaussianSpectrum{}, Uniform{}, Blobs{}, Topics{}, Glyphs{},
		Images{}, ImageFiles{}, News{}, AGNews{}, Unbalanced{}, OnlyClasses{}, Relabeled{}, Portion{}, Subclasses{}, GlyphFonts{},
	)
}
