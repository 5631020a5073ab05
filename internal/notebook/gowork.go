package notebook

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"pnclab/internal/userdir"
)

// goWork returns the flag by which GoNB makes the module in root available to cells. Its
// value is a list of paths with commas, so that a path with a comma goes by another name,
// a link in the user's cache directory.
func goWork(root string) (string, error) {
	if strings.Contains(root, ",") {
		link, err := userdir.Cache("clones", fmt.Sprintf("%x", sha256.Sum256([]byte(root)))[:16])
		if err != nil {
			return "", err
		}
		if strings.Contains(link, ",") {
			return "", fmt.Errorf("the kernel cannot use %s, whose path has a comma, and neither can it be linked to from the cache directory, whose path has one too: set XDG_CACHE_HOME to another folder", root)
		}
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			return "", err
		}
		if err := os.Symlink(root, link); err != nil && !os.IsExist(err) {
			return "", err
		}
		root = link
	}
	return "-go_work=" + root, nil
}
