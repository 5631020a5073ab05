//go:build !js

package pnc

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"
)

// ownCode holds this package, so that results of other code are never taken for
// its own.
//
//go:embed *.go internal/*/*.go internal/*/*.s internal/gemm/isa/*.go internal/gemm/openblas/*.go internal/glyphs/digits.bin
var ownCode embed.FS

// sourceHash returns the SHA-256 of all sources that results depend on: every Go
// and assembly file of this package and below, tests aside.
func sourceHash() string {
	h := sha256.New()
	err := fs.WalkDir(ownCode, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := ownCode.ReadFile(path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(b), b)
		return err
	})
	if err != nil {
		panic("pnc: " + err.Error()) // embedded files can be read
	}
	return hex.EncodeToString(h.Sum(nil))
}
