//go:build pnclab_cell && !js

package files

import "context"

// Download downloads a file to path, as in every other program, but by another program:
// without a client for HTTP and TLS, 60 packages, cells are linked in four fifths of the
// time.
func Download(ctx context.Context, f File, path string, progress Progress) error {
	return delegate(ctx, f, path, progress)
}
