package plotting

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/vg"

	"pnclab/pnc"
)

// Tests of figures must not depend on which fonts a system has.
func init() {
	system.folders = func() []string { panic("plotting: a test without withFonts uses the fonts of the system") }
}

// withFonts makes a folder the only one in which fonts of the system are searched, none
// if it is "".
func withFonts(t testing.TB, folder string) {
	t.Helper()
	before := system
	system = &systemFonts{folders: func() []string { return []string{folder} }}
	t.Cleanup(func() { system = before })
}

// noticesOf returns the notices of a call.
func noticesOf(call func()) []string {
	missingSaid = sync.Once{}
	var mu sync.Mutex
	var said []string
	stop := pnc.Observe(func(n pnc.Notice) {
		mu.Lock()
		defer mu.Unlock()
		said = append(said, n.String())
	})
	defer stop()
	call()
	return said
}

// fontWith returns a font that has a glyph for one character alone, which is that of as
// in the font ttf.
func fontWith(t *testing.T, ttf []byte, c, as rune) []byte {
	t.Helper()
	f, err := sfnt.Parse(ttf)
	if err != nil {
		t.Fatal(err)
	}
	index, err := f.GlyphIndex(nil, as)
	if err != nil || index == 0 {
		t.Fatalf("no glyph for %q: %v", as, err)
	}
	// A table of characters in format 12 with one group, for all of Unicode.
	be := binary.BigEndian
	var cmap []byte
	for _, v := range []uint16{0, 1, 3, 10, 0, 12, 12, 0} { // one subtable, 12 bytes from here
		cmap = be.AppendUint16(cmap, v)
	}
	for _, v := range []uint32{28, 0, 1, uint32(c), uint32(c), uint32(index)} {
		cmap = be.AppendUint32(cmap, v)
	}
	out := bytes.Clone(ttf)
	for i := range int(be.Uint16(out[4:])) {
		entry := out[12+16*i:]
		if string(entry[:4]) == "cmap" {
			be.PutUint32(entry[8:], uint32(len(out)))
			be.PutUint32(entry[12:], uint32(len(cmap)))
			return append(out, cmap...)
		}
	}
	t.Fatal("no cmap")
	return nil
}

func writeFont(t *testing.T, folder, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestSystemFont checks that a character that the embedded fonts lack is drawn with the
// outline and the width of a font of the system, in every format and without a notice.
func TestSystemFont(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	writeFont(t, folder, filepath.Join("sub", "Some.TTF"), fontWith(t, goregular.TTF, '网', 'R'))
	withFonts(t, folder)
	var text layout
	said := noticesOf(func() { text = MathText{fonts}.layout("网\u200d\ufe0f", textStyle(20).Font) })
	if len(said) > 0 {
		t.Errorf("said %q", said)
	}

	// The same glyph from the font that it was taken from.
	f, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	index, err := f.GlyphIndex(nil, 'R')
	if err != nil {
		t.Fatal(err)
	}
	advance, err := f.GlyphAdvance(nil, index, fixed.Int26_6(f.UnitsPerEm()), 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := 20 * vg.Length(advance) / vg.Length(f.UnitsPerEm()); text.width != want {
		t.Errorf("width %v, want %v", text.width, want)
	}
	bounds, _, err := f.GlyphBounds(nil, index, fixed.Int26_6(f.UnitsPerEm()), 0)
	if err != nil {
		t.Fatal(err)
	}
	var low, high vg.Point
	for i, p := range text.glyphs[0].outline(&sfnt.Buffer{}, vg.Point{}) {
		if p.Type == vg.CloseComp {
			continue
		}
		if i == 0 {
			low, high = p.Pos, p.Pos
		}
		low.X, low.Y = min(low.X, p.Pos.X), min(low.Y, p.Pos.Y)
		high.X, high.Y = max(high.X, p.Pos.X), max(high.Y, p.Pos.Y)
	}
	// Ends of curves need not touch the bounds of curves, but the stem and the foot of an
	// R do; its bow is half a unit short at most.
	scale := 20 / vg.Length(f.UnitsPerEm())
	for i, d := range []vg.Length{low.X - vg.Length(bounds.Min.X)*scale, low.Y + vg.Length(bounds.Max.Y)*scale, high.X - vg.Length(bounds.Max.X)*scale, high.Y + vg.Length(bounds.Min.Y)*scale} {
		if d > scale || d < -scale {
			t.Errorf("side %d of the outline is off by %v units", i, d/scale)
		}
	}

	for _, format := range []string{"svg", "pdf", "png"} {
		size := func(label string) int {
			var b bytes.Buffer
			if err := LossCurve(Curve{Label: label, Y: []float64{1, 2}}).write(&b, format); err != nil {
				t.Fatal(err)
			}
			return b.Len()
		}
		if size("a 网") <= size("a ") {
			t.Errorf("%s has nothing of the glyph", format)
		}
	}
}

// TestSystemFontOrder checks that it does not depend on what was drawn before which font
// a glyph is from: regular faces come before bold ones, known families before others.
func TestSystemFontOrder(t *testing.T) {
	folder := t.TempDir()
	writeFont(t, folder, "A-Bold.ttf", fontWith(t, gobold.TTF, '网', 'I'))
	writeFont(t, folder, "B-Regular.ttf", fontWith(t, goregular.TTF, '网', 'M'))
	writeFont(t, folder, "Z-Regular.ttf", fontWith(t, goregular.TTF, '络', 'M'))
	writeFont(t, folder, "Noto Sans CJK.otf", fontWith(t, goregular.TTF, '络', 'I'))
	first := map[rune]sfnt.Segments{}
	for _, order := range []string{"网络", "络网", "🙂络网", "网网络"} {
		withFonts(t, folder)
		for _, c := range order {
			g := system.glyph(c)
			if c == '🙂' {
				if g != nil {
					t.Errorf("a glyph for %q", c)
				}
				continue
			}
			if first[c] == nil {
				first[c] = g.segments
			}
			if len(first[c]) != len(g.segments) || first[c][0] != g.segments[0] {
				t.Errorf("after %q another glyph for %q", order, c)
			}
		}
	}
	// An I is made of fewer lines than an M.
	if wide, narrow := len(first['网']), len(first['络']); wide <= narrow {
		t.Errorf("the bold face, or a family that is not known, came first: %d and %d segments", wide, narrow)
	}
}

// TestBrokenFonts checks that no file makes drawing panic or fail, and that a whole font
// behind broken ones is still found.
func TestBrokenFonts(t *testing.T) {
	const seed = 7
	rng := rand.New(rand.NewPCG(seed, 0))
	whole := fontWith(t, goregular.TTF, '网', 'R')
	cmap := len(whole) - 40
	folder := t.TempDir()
	writeFont(t, folder, "a.ttf", nil)
	writeFont(t, folder, "b.ttc", []byte("ttcf\x00\x01\x00\x00\xff\xff\xff\xff"))
	if err := os.Mkdir(filepath.Join(folder, "c.ttf"), 0o700); err != nil {
		t.Fatal(err)
	}
	os.Symlink(filepath.Join(folder, "nowhere"), filepath.Join(folder, "d.ttf")) // where there are symbolic links
	try := func(data []byte) {
		writeFont(t, folder, "e.ttf", data)
		withFonts(t, folder)
		MathText{fonts}.layout("网", textStyle(10).Font).fill(&nothing{}, vg.Point{})
	}
	for n := 0; n < len(whole); n += 1 + n/7 {
		try(whole[:n])
		try(whole[:len(whole)-n])
	}
	for range 300 {
		data := bytes.Clone(whole)
		for range 1 + rng.IntN(8) {
			at := rng.IntN(len(data))
			switch rng.IntN(3) {
			case 0: // the directory and the tables behind it
				at = rng.IntN(400)
			case 1: // which characters there are
				at = cmap + rng.IntN(40)
			}
			data[at] = byte(rng.Uint32())
		}
		try(data)
	}
	if t.Failed() {
		t.Log("seed", seed)
	}

	writeFont(t, folder, "e.ttf", whole[:1000])
	writeFont(t, folder, "f.ttf", whole)
	withFonts(t, folder)
	if system.glyph('网') == nil {
		t.Error("a broken font hides one that is whole")
	}
	withFonts(t, filepath.Join(folder, "none"))
	if said := noticesOf(func() { available(fonts.Lookup(sans.Font, 10), '网') }); len(said) != 1 || !strings.Contains(said[0], "'网'") {
		t.Errorf("said %q", said)
	}
}

// nothing is a canvas on which nothing is drawn.
type nothing struct{ vg.Canvas }

func (*nothing) Fill(vg.Path) {}
