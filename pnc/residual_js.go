package pnc

import (
	"context"
	"errors"
)

// measureResiduals says that a page has none: no view shows them, and the decomposition
// that they need is a fiftieth of the program.
func measureResiduals(context.Context, *featureSource, []*statistics, *Evaluation) error {
	return errors.New("residuals are not measured in a page")
}
