package pnc

import (
	"errors"

	"pnclab/pnc/internal/engine"
)

// adaptive says that a page has neither Adam nor AdamW, which its controls do not offer
// and its program has no room for.
const adaptive = false

func (s *Settings) checkAdam() error { return errors.New("a page has no Adam; use SGD") }

func (s *Settings) adam(float64, int) engine.Adam { return engine.Adam{} }
