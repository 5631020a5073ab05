package cifar

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"

	"pnclab/internal/budget"
	"pnclab/pnc/internal/files"
)

// walkArchive is walk for a tar archive, which is read as a stream. It returns an error
// instead of visiting files that take more memory than the archive allows for, since
// an archive can say any size: images are in memory twice while they are put in order.
func walkArchive(archive string, want func(name string) bool, visit visitor) error {
	f, err := files.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	left := budget.Of(f.Size)
	t := tar.NewReader(f)
	for {
		header, err := t.Next()
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, tar.ErrHeader):
			return fmt.Errorf("not a tar archive")
		case err != nil:
			return err
		}
		if name := path.Base(header.Name); header.Typeflag == tar.TypeReg && want(name) {
			if err := left.Take(2 * header.Size); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if err := visit(name, header.Size, t); err != nil {
				return err
			}
		}
	}
}
