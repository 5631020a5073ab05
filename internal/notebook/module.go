package notebook

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

const modulePath = "pnclab"

// FindRoot returns the root of the checkout that contains dir: the nearest folder above
// it whose go.mod declares this module.
func FindRoot(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for d := dir; ; d = filepath.Dir(d) {
		b, err := os.ReadFile(filepath.Join(d, "go.mod"))
		if line, _, _ := bytes.Cut(b, []byte("\n")); err == nil && string(bytes.TrimSpace(line)) == "module "+modulePath {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return "", fmt.Errorf("%s is not inside a clone of %s: run the command in the folder with its go.mod", dir, modulePath)
		}
	}
}
