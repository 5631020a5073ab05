package files

import (
	"context"
	"fmt"
)

// Download returns an error: a page downloads nothing, which also spares it the
// client, a third of the program.
func Download(_ context.Context, f File, _ string, _ Progress) error {
	return fmt.Errorf("%s cannot be downloaded from a page", f.Name)
}
