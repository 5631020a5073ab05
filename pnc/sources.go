//go:build !js

package pnc

func init() {
	registerOwn(
		NearlyOrthonormal{}, GaussianSpectrum{}, Uniform{}, Blobs{}, OneHot{}, Topics{}, Glyphs{},
		Images{}, ImageFiles{}, News{}, AGNews{}, Unbalanced{}, OnlyClasses{}, Relabeled{}, Portion{}, Subclasses{}, GlyphFonts{},
	)
}
