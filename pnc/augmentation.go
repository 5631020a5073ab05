package pnc

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"pnclab/pnc/internal/samples"
)

// Augmentation changes the images of every mini-batch at random, so that training hardly
// sees the same image twice. It applies to training only: measures and probes see the
// images as they are. The zero value changes nothing. CIFAR-10 is usually trained with
// {Flip: true, Crop: 4} (He et al. 2016, section 4.2).
type Augmentation struct {
	// Flip mirrors an image left to right with probability 1/2.
	Flip bool
	// Crop moves an image by -Crop to Crop pixels in either direction, all with the same
	// probability, and fills with black: a window of the image's size, cropped from
	// the image with a border of Crop pixels.
	Crop int
}

// check returns an error if the augmentation is not possible for the data. A move of a
// whole image would leave nothing of it.
func (a Augmentation) check(data *Dataset) error {
	if a == (Augmentation{}) {
		return nil
	}
	p, ok := data.samples.(samples.Pixels)
	if !ok {
		return fmt.Errorf("Augmentation %s is for images that are stored as bytes, such as those of the source Images; %s has none", a, data.Name)
	}
	if _, height, width := p.Shape(); a.Crop < 0 || a.Crop >= min(height, width) {
		return fmt.Errorf("Augmentation %s: images of %d×%d pixels can be cropped by 0 to %d", a, height, width, min(height, width)-1)
	}
	return nil
}

// draw draws new moves for the images of a batch.
func (a Augmentation) draw(set *samples.Augmented, batch []int, rnd *rand.Rand) {
	shift := func() int16 { return int16(rnd.IntN(2*a.Crop+1) - a.Crop) }
	for _, i := range batch {
		set.Set(i, samples.Move{Down: shift(), Right: shift(), Mirror: a.Flip && rnd.IntN(2) == 1})
	}
}

// String returns the augmentation as text: "flip", "crop(4)", "flip+crop(4)", or "none".
func (a Augmentation) String() string {
	var parts []string
	if a.Flip {
		parts = append(parts, "flip")
	}
	if a.Crop != 0 {
		parts = append(parts, fmt.Sprintf("crop(%d)", a.Crop))
	}
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, "+")
}

// MarshalText returns the text that String returns.
func (a Augmentation) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText writes. "" means none.
func (a *Augmentation) UnmarshalText(text []byte) error {
	var v Augmentation
	if s := string(text); s != "" && s != "none" {
		for part := range strings.SplitSeq(s, "+") {
			kind, args, err := parseCall(part)
			switch {
			case err == nil && kind == "flip" && args == nil:
				v.Flip = true
			case err == nil && kind == "crop" && len(args) == 1:
				v.Crop, err = strconv.Atoi(args[0])
				if v.Crop < 1 {
					err = errors.New("nothing to crop")
				}
			default:
				err = errors.New("another word")
			}
			if err != nil {
				return fmt.Errorf("unknown augmentation %.60q; use none, flip, crop(4) or flip+crop(4)", text)
			}
		}
	}
	*a = v
	return nil
}
