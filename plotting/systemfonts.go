package plotting

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode"

	stdfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// systemFonts finds glyphs that the fonts of this package lack, such as those of Chinese
// characters and emoji, in the fonts of the system. It reads nothing before the first
// character without a glyph, so that figures without one are the same everywhere. For a
// character it is always the first font in one order that has it, whatever was drawn
// before.
type systemFonts struct {
	folders func() []string

	mu     sync.Mutex
	listed bool
	files  []*fontFile // in the order in which they are tried
	glyphs map[rune]*systemGlyph
}

// system is what all figures share.
var system = &systemFonts{folders: systemFontFolders}

// systemGlyph is a glyph of a font of the system, in units of which there are perEm in
// an em.
type systemGlyph struct {
	segments sfnt.Segments
	advance  fixed.Int26_6
	perEm    sfnt.Units
}

// Folders with more entries and files with more bytes are not read to their end: a font
// of all Chinese characters has 20 MB, one of emoji as pictures, which are not outlines,
// up to 200 MB.
const (
	maxFontEntries = 10_000
	maxFontBytes   = 1 << 28
)

// systemFontFolders returns the folders in which systems keep fonts.
func systemFontFolders() []string {
	home, _ := os.UserHomeDir()
	below := func(root string, path ...string) string {
		if root == "" {
			return ""
		}
		return filepath.Join(append([]string{root}, path...)...)
	}
	switch runtime.GOOS {
	case "js":
		return nil
	case "windows":
		return []string{below(os.Getenv("WINDIR"), "Fonts"), below(os.Getenv("LOCALAPPDATA"), "Microsoft", "Windows", "Fonts")}
	case "darwin":
		return []string{"/System/Library/Fonts", "/Library/Fonts", below(home, "Library", "Fonts")}
	}
	data := os.Getenv("XDG_DATA_HOME")
	if data == "" {
		data = below(home, ".local", "share")
	}
	return []string{"/usr/share/fonts", "/usr/local/share/fonts", "/run/current-system/sw/share/X11/fonts", below(data, "fonts"), below(home, ".fonts")}
}

// glyph returns the glyph of a character, nil if no font has one with an outline.
func (s *systemFonts) glyph(c rune) *systemGlyph {
	if unicode.IsControl(c) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if g, ok := s.glyphs[c]; ok {
		return g
	}
	if !s.listed {
		s.files, s.listed, s.glyphs = listFonts(s.folders()), true, map[rune]*systemGlyph{}
	}
	var found *systemGlyph
	for _, f := range s.files {
		if found = f.glyph(c); found != nil {
			break
		}
	}
	s.glyphs[c] = found
	return found
}

// listFonts returns the files of fonts in folders: those of families that have many
// characters first, regular faces before bold ones, then in the order of their paths.
func listFonts(folders []string) (files []*fontFile) {
	entries := 0
	for _, folder := range folders {
		if folder == "" {
			continue
		}
		if real, err := filepath.EvalSymlinks(folder); err == nil {
			folder = real
		}
		filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if entries++; entries > maxFontEntries {
				return filepath.SkipAll
			}
			if err != nil || d.IsDir() { // what cannot be read is left out
				return nil
			}
			switch strings.ToLower(filepath.Ext(path)) {
			case ".ttf", ".otf", ".ttc", ".otc":
				files = append(files, &fontFile{path: path})
			}
			return nil
		})
	}
	slices.SortStableFunc(files, func(a, b *fontFile) int {
		return cmp.Or(cmp.Compare(familyRank(a.path), familyRank(b.path)), cmp.Compare(styleRank(a.path), styleRank(b.path)), strings.Compare(a.path, b.path))
	})
	return files
}

// families are parts of the names of files, without spaces, of fonts without serifs
// that have many characters, in the order in which they are tried.
var families = []string{
	"notosanscjk", "sourcehansans", "notosanssc", "notosansjp", "notosanskr", "pingfang", "hiragino", "msyh", "yugoth", "meiryo", "msgothic",
	"malgun", "applesdgothic", "stheiti", "wqy", "droidsansfallback", "arialunicode", "arialuni", "notosans", "dejavusans",
	"notoemoji", "seguisym", "seguiemj", "symbola",
}

// familyRank returns the place of a file in families.
func familyRank(path string) int {
	name := strings.ReplaceAll(strings.ToLower(filepath.Base(path)), " ", "")
	if i := slices.IndexFunc(families, func(f string) bool { return strings.Contains(name, f) }); i >= 0 {
		return i
	}
	return len(families)
}

// styleRank returns 1 for a file whose name says that it is not a regular face.
func styleRank(path string) int {
	name := strings.ToLower(filepath.Base(path))
	for _, style := range []string{"bold", "italic", "oblique", "light", "thin", "black", "medium", "heavy", "mono", "condensed"} {
		if strings.Contains(name, style) {
			return 1
		}
	}
	return 0
}

// fontFile is a file with one or several fonts. It is opened for every read, so that no
// file stays open; what is kept of a font are its tables of characters.
type fontFile struct {
	path   string
	parsed bool
	fonts  []*sfnt.Font
}

// ReadAt reads from the file.
func (f *fontFile) ReadAt(p []byte, off int64) (int, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	return file.ReadAt(p, off)
}

// glyph returns the glyph of a character, nil if no font of the file has one with an
// outline. Fonts that are damaged have none.
func (f *fontFile) glyph(c rune) (g *systemGlyph) {
	// A file of the system can hold anything; nothing in it may end the program.
	defer func() {
		if recover() != nil {
			f.fonts, g = nil, nil
		}
	}()
	if !f.parsed {
		f.parsed = true
		f.parse()
	}
	var buf sfnt.Buffer
	for _, font := range f.fonts {
		index, err := font.GlyphIndex(&buf, c)
		if err != nil || index == 0 {
			continue
		}
		perEm := font.UnitsPerEm()
		size := fixed.Int26_6(perEm) // at which one unit of the result is one font unit
		segments, err := font.LoadGlyph(&buf, index, size, nil)
		if err != nil || perEm <= 0 || len(segments) == 0 && !unicode.IsSpace(c) {
			continue
		}
		advance, err := font.GlyphAdvance(&buf, index, size, stdfont.HintingNone)
		if err != nil || advance < 0 || advance > 4*size {
			continue
		}
		return &systemGlyph{slices.Clone(segments), advance, perEm} // the buffer is used again
	}
	return nil
}

// parse reads what is needed to know which characters the fonts have.
func (f *fontFile) parse() {
	info, err := os.Stat(f.path) // a pipe would block
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxFontBytes {
		return
	}
	all, err := sfnt.ParseCollectionReaderAt(f)
	if err != nil {
		return
	}
	for i := range all.NumFonts() {
		if font, err := all.Font(i); err == nil {
			f.fonts = append(f.fonts, font)
		}
	}
}
