package plotting

import (
	"fmt"
	"image"
	"image/draw"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestGrids checks the grids of random controls: ascending positions with both ends and
// the start, few enough, each grid in the next.
func TestGrids(t *testing.T) {
	const seed = 1
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 500 {
		var controls []Control
		for i := range 1 + rnd.IntN(3) {
			n := 2 + rnd.IntN(150)
			if rnd.IntN(2) == 0 {
				n = 2 + rnd.IntN(8)
			}
			c := Control{name: fmt.Sprint(i), kind: intControl, labels: make([]string, n), at: rnd.IntN(n)}
			if rnd.IntN(4) == 0 {
				c.at = []int{0, 1, n - 2, n - 1}[rnd.IntN(4)]
			}
			controls = append(controls, c)
		}
		start := starting(controls)
		all := grids(start)
		for i, g := range all {
			if n := len(g.spots()); n > scrubberFrames {
				t.Fatalf("seed %d: %d frames", seed, n)
			}
			for k := range g {
				home, n := 0, 1
				if k < len(controls) {
					home, n = controls[k].at, len(controls[k].labels)
				}
				at := g[k]
				if !slices.IsSorted(at) || len(slices.Compact(slices.Clone(at))) != len(at) || !slices.Contains(at, home) || at[0] < 0 || at[len(at)-1] >= n {
					t.Fatalf("seed %d: control %d of %d positions, starting at %d, has %v in grid %d", seed, k, n, home, at, i)
				}
				if i == len(all)-1 && (at[0] != 0 || at[len(at)-1] != n-1) {
					t.Fatalf("seed %d: control %d of %d positions ends with %v", seed, k, n, at)
				}
				if i > 0 {
					for _, a := range all[i-1][k] {
						if !slices.Contains(at, a) {
							t.Fatalf("seed %d: position %d is in grid %d and not in the next, %v", seed, a, i-1, at)
						}
					}
				}
			}
		}
		if n := len(controls[0].labels); len(controls) == 1 && len(all[len(all)-1][0]) != min(n, scrubberColumn) {
			t.Fatalf("seed %d: %d of %d positions of a single control", seed, len(all[len(all)-1][0]), n)
		}
	}
}

// TestScrubber composes every frame as a browser does, and compares it with the figure.
func TestScrubber(t *testing.T) {
	figureAt := func(v Values) *Figure {
		return Compression(Series(strings.Repeat("long ", 6*v.Int("a")), []float64{8, 4 + v.Float("b"), 2})) // of several sizes
	}
	start := starting([]Control{Int("a", 1, 4, 2), Int("b", 0, 3, 1), Toggle("c", true)})
	s, err := newScrubber(figureAt, start, figureAt(start), bounds{bytes: 1 << 30, time: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.grid[0]) != 4 || len(s.grid[1]) != 4 {
		t.Errorf("the grid is %v", s.grid)
	}
	home := decoded(t, s.frames[spot{start.at[0], start.at[1]}].png)
	var over, whole int
	for p, f := range s.frames {
		want := toRGBA(figureAt(s.at(p)).Image(frameDPI))
		got := image.NewRGBA(want.Rect)
		if f.over {
			over++
			draw.Draw(got, got.Rect, home, image.Point{}, draw.Src)
		} else {
			whole++
		}
		draw.Draw(got, got.Rect, decoded(t, f.png), image.Point{}, draw.Over)
		// Reducing colours changes pixels at the edges of lines, by a step of its grid.
		if d := farthest(got, want); d > 40 {
			t.Errorf("the frame for %v differs from the figure by %d of 255", s.at(p), d)
		}
	}
	if over == 0 || whole < 2 {
		t.Errorf("%d frames are laid over the first, %d are whole; the test needs both", over, whole)
	}
	page, err := s.HTML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.HTML()
	if err != nil || again != page {
		t.Error("two pages of one scrubber differ")
	}
	if n := len(regexp.MustCompile(`"URL":"data:image/png;base64,`).FindAllString(strings.ReplaceAll(page, `\/`, "/"), -1)); n != 16 {
		t.Errorf("the page has %d images, want 16", n)
	}
	for _, want := range []string{`max="3"`, "c: on", `alt="16 figures, of which this is the one for a = 2, b = 1, c: on.`, `data-lm-suppress-shortcuts="true"`, `aria-valuetext="1"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "http") {
		t.Error("the page asks for something")
	}
}

// farthest returns the largest difference of two images in a channel.
func farthest(a, b *image.RGBA) int {
	d := 0
	for i := range a.Pix {
		d = max(d, int(a.Pix[i])-int(b.Pix[i]), int(b.Pix[i])-int(a.Pix[i]))
	}
	return d
}

// TestScrubberBounds reaches each bound: what is there is a whole grid.
func TestScrubberBounds(t *testing.T) {
	start := starting([]Control{Int("a", 1, 9, 2), Int("b", 1, 9, 5)})
	n := 0
	count := func(v Values) *Figure { n++; return figureOf(v.String()) }
	s, err := newScrubber(count, start, figureOf("first"), bounds{bytes: 1 << 30, time: 0}) // no time at all
	if err != nil || n != 0 || len(s.grid.spots()) != 1 {
		t.Errorf("without time it drew %d figures, %v", n, err)
	}
	if page, err := s.HTML(); err != nil || strings.Contains(page, "<input") || !strings.Contains(page, "a = 2, b = 5") {
		t.Errorf("the page without positions is %.200q, %v", page, err)
	}
	stopped := make(chan os.Signal, 1)
	stopped <- os.Interrupt
	s, err = newScrubber(count, start, figureOf("first"), bounds{1 << 30, time.Hour, stopped})
	if err != nil || n != 0 || len(s.grid.spots()) != 1 {
		t.Errorf("when stopped it drew %d figures, %v", n, err)
	}
	s, err = newScrubber(count, start, figureOf("first"), bounds{bytes: len(s.frames[spot{1, 4}].png) + 1, time: time.Hour}) // little space
	if err != nil {
		t.Fatal(err)
	}
	if n != 1 || len(s.grid.spots()) != 1 {
		t.Errorf("with space for two it drew %d figures, and has %d", n+1, len(s.grid.spots()))
	}
	s, err = newScrubber(count, start, figureOf("first"), bounds{bytes: len(s.frames[spot{1, 4}].png) + 3000, time: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, p := range s.grid.spots() {
		f, ok := s.frames[p]
		if !ok {
			t.Errorf("no frame at %v of %v", p, s.grid)
		}
		size += len(f.png)
	}
	if k := len(s.grid.spots()); k == 1 || k == 64 {
		t.Errorf("with space for some it has %d figures of %d bytes", k, size)
	}
}
