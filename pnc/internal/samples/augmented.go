package samples

import (
	"fmt"
	"slices"

	"pnclab/pnc/internal/vec"
)

// Move is a change of one image: shifted down and right by a number of pixels of either sign
// and then mirrored left to right.
type Move struct {
	Down, Right int16
	Mirror      bool
}

// Augmented is a set of images that are changed when they are read, each by its own move.
// What comes in at a border is black, the value of the byte 0.
type Augmented struct {
	Pixels
	moves []Move
}

// NewAugmented returns the images of p with the move zero for each.
func NewAugmented(p Pixels) *Augmented {
	n, _ := p.Dims()
	return &Augmented{p, make([]Move, n)}
}

// Set sets the move of image i.
func (a *Augmented) Set(i int, m Move) { a.moves[i] = m }

// Move returns the move of image i.
func (a *Augmented) Move(i int) Move { return a.moves[i] }

// Row writes the values of image i to dst.
func (a *Augmented) Row(dst []float64, i int) { moved(dst, a, i) }

// Row32 writes the values of image i to dst.
func (a *Augmented) Row32(dst []float32, i int) { moved(dst, a, i) }

func moved[T float32 | float64](dst []T, a *Augmented, i int) {
	m := a.moves[i]
	if m == (Move{}) {
		normalize(dst, a.Pixels, i)
		return
	}
	img, height, width := a.image(i), a.height, a.width
	left, right := max(0, min(width, int(m.Right))), max(0, min(width, width+int(m.Right))) // columns that the image covers
	for c := range a.channels {
		scale, black := T(a.scale[c]), T(a.offset[c])
		for y := range height {
			row := dst[(c*height+y)*width:][:width]
			from := y - int(m.Down)
			if from < 0 || from >= height || left >= right {
				fill(row, black)
				continue
			}
			fill(row[:left], black)
			vec.FromBytes(row[left:right], img[(c*height+from)*width+left-int(m.Right):][:right-left], scale, black)
			fill(row[right:], black)
			if m.Mirror {
				slices.Reverse(row)
			}
		}
	}
}

func fill[T float32 | float64](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}

// Subset panics: moves are of one run, which reads all images.
func (a *Augmented) Subset(index []int) Set {
	panic(fmt.Sprintf("samples: %d images of a run that augments them", len(index)))
}
