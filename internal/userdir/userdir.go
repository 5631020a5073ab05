// Package userdir knows the folder that this program has in the user's cache
// directory: for cached runs, downloaded data and built tools.
package userdir

import (
	"fmt"
	"os"
	"path/filepath"
)

// Cache returns the path of what elem names in the program's cache folder, such as
// Cache("data", "mnist"). Nothing is created. It returns an error if the
// environment names no cache directory.
func Cache(elem ...string) (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache directory: %w; set one of them", err)
	}
	return filepath.Join(append([]string{dir, "pnclab"}, elem...)...), nil
}
