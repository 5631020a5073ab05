package plotting

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"html/template"
	"os"
	"slices"
	"time"
)

// Bounds of a scrubber.
const (
	scrubberFrames = 64
	scrubberColumn = 25 // positions of one control
)

// bounds are those after which no more figures are drawn.
type bounds struct {
	bytes   int
	time    time.Duration
	stopped <-chan os.Signal // from which something can be received if the reader wants no more
}

var scrubberBounds = bounds{bytes: 2 << 20, time: 20 * time.Second}

// reached reports whether one of the bounds is reached by figures of some bytes.
func (b bounds) reached(bytes int, began time.Time) bool {
	select {
	case <-b.stopped:
		return true
	default:
		return bytes >= b.bytes || time.Since(began) >= b.time
	}
}

// scrubber is a figure drawn beforehand for a grid of positions of the first one or
// two controls, the others staying where they start. It needs no running program.
type scrubber struct {
	start  Values
	first  *Figure // where all controls start
	grid   grid
	frames map[spot]frame
}

// spot is a position of the first control and one of the second, which is 0 if there
// is no second.
type spot [2]int

// grid holds the positions that the first control and the second can have.
type grid [2][]int

// frame is one image of a scrubber.
type frame struct {
	png           []byte
	over          bool // only what differs from the image where all controls start
	width, height int  // on the screen, in pixels
}

// newScrubber draws the figures, of which the first is there already. It draws coarse
// grids before finer ones, and keeps the last that was complete when it reached one of
// the bounds.
func newScrubber(draw func(Values) *Figure, start Values, first *Figure, limit bounds) (*scrubber, error) {
	began, size := time.Now(), 0
	s := &scrubber{start: start, first: first, frames: map[spot]frame{}}
	var all frames
	for _, g := range grids(start) {
		for _, p := range g.spots() {
			if _, drawn := s.frames[p]; drawn {
				continue
			}
			f := first
			if len(s.frames) > 0 {
				if limit.reached(size, began) {
					return s, nil
				}
				f = drawn(draw, s.at(p))
			}
			png, over, err := all.encode(f.Image(frameDPI))
			if err != nil {
				return nil, err
			}
			w, h := f.Size()
			s.frames[p] = frame{png, over, int(w.Dots(screenDPI)), int(h.Dots(screenDPI))}
			size += len(png)
		}
		s.grid = g
	}
	return s, nil
}

// drawn returns the figure for values, and panics if there is none.
func drawn(draw func(Values) *Figure, v Values) *Figure {
	f := draw(v)
	if f == nil {
		panic("plotting: no figure for " + v.String())
	}
	return f
}

// at returns the values at a spot.
func (s *scrubber) at(p spot) Values {
	v := Values{s.start.controls, slices.Clone(s.start.at)}
	copy(v.at, p[:])
	return v
}

// grids returns grids for the first one or two controls, each of which contains the one
// before: the start alone, then coarse ones, then finer ones.
func grids(start Values) []grid {
	n := [2]int{len(start.controls[0].labels), 1}
	home := spot{start.at[0], 0}
	if len(start.at) > 1 {
		n[1], home[1] = len(start.controls[1].labels), start.at[1]
	}
	// A control of few positions leaves more to the other one.
	const side = 8 // side² = scrubberFrames
	var most [2]int
	for i := range most {
		most[i] = min(n[i], scrubberColumn, max(side, scrubberFrames/n[1-i]))
	}
	var full grid
	for i := range full {
		full[i] = spread(n[i], most[i], home[i])
	}
	all := []grid{{home[:1], home[1:]}}
	for stride := 8; stride >= 1; stride /= 2 {
		a, b := thinned(full[0], home[0], stride), thinned(full[1], home[1], stride)
		if stride == 8 {
			all = append(all, grid{a, home[1:]})
		}
		all = append(all, grid{a, b})
	}
	return all
}

// spread returns at most m of the positions 0, …, n-1, evenly, with both ends and home.
func spread(n, m, home int) []int {
	if n <= m {
		return upTo(n)
	}
	at := make([]int, m)
	nearest := 0
	for i := range at {
		at[i] = (i*(n-1) + (m-1)/2) / (m - 1)
		if i < m-1 && max(at[i]-home, home-at[i]) < max(at[nearest]-home, home-at[nearest]) {
			nearest = i
		}
	}
	if home != n-1 {
		if nearest == 0 && home != 0 {
			nearest = 1 // the end stays
		}
		at[nearest] = home
	}
	return at
}

// upTo returns 0, …, n-1.
func upTo(n int) []int {
	at := make([]int, n)
	for i := range at {
		at[i] = i
	}
	return at
}

// thinned returns every stride-th of the positions, counted from home, and both ends.
func thinned(at []int, home, stride int) []int {
	var kept []int
	from := slices.Index(at, home)
	for i, a := range at {
		if (i-from)%stride == 0 || i == 0 || i == len(at)-1 {
			kept = append(kept, a)
		}
	}
	return kept
}

// places returns the places of a grid.
func (g grid) spots() []spot {
	var all []spot
	for _, a := range g[0] {
		for _, b := range g[1] {
			all = append(all, spot{a, b})
		}
	}
	return all
}

// caption describes the scrubber in words.
func (s *scrubber) caption() string {
	text := s.start.String() + ". " + s.first.Caption
	return fmt.Sprintf("%d figures, of which this is the one for %s", len(s.grid.spots()), text)
}

// HTML returns the scrubber as a self-contained fragment of HTML.
func (s *scrubber) HTML() (string, error) {
	type image struct {
		URL           template.URL
		Over          bool
		Width, Height int
	}
	var images []image
	hash := sha256.New()
	fmt.Fprint(hash, s.start)
	for _, p := range s.grid.spots() {
		f := s.frames[p]
		images = append(images, image{dataURL(f.png), f.over, f.width, f.height})
		hash.Write(f.png)
	}
	var rows []controlRow
	fixed := ""
	for i, c := range s.start.controls {
		if i >= len(s.grid) || len(s.grid[i]) < 2 {
			fixed += map[bool]string{true: "", false: ", "}[fixed == ""] + c.show(s.start.at[i])
			continue
		}
		rows = append(rows, newControlRow(c, s.grid[i], s.start.at[i]))
	}
	home := s.grid[0]
	first := slices.Index(home, s.start.at[0]) * len(s.grid[1])
	if len(s.start.at) > 1 {
		first += slices.Index(s.grid[1], s.start.at[1])
	}
	var page bytes.Buffer
	err := pageTemplates.ExecuteTemplate(&page, "scrubber.html", map[string]any{
		"ID":      fmt.Sprintf("pnc-%x", hash.Sum(nil)[:6]), // the same output for the same figures
		"Rows":    rows,
		"Fixed":   fixed,
		"Images":  images,
		"First":   images[first],
		"Caption": s.caption(),
		"Columns": len(s.grid[1]),
		"Second":  len(s.grid[0]) < 2, // the only row is that of the second control
	})
	return page.String(), err
}
