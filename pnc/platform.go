package pnc

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"

	"pnclab/pnc/internal/gemm"
)

// ownCode holds the sources of this package, so that cached results of other code
// are never used.
//
//go:embed *.go internal/*/*.go internal/*/*.s internal/gemm/isa/*.go internal/gemm/openblas/*.go
var ownCode embed.FS

// platform describes everything besides the experiment that results depend on.
var platform = sync.OnceValue(func() string {
	return fmt.Sprintf("%s %s fused=%t\n%s\n%s\n%s", runtime.GOARCH, gemm.Path(), fuses(), runtime.Version(), moduleVersions(), sourceHash())
})

// sourceHash returns the SHA-256 of all sources that results depend on: every Go and
// assembly file of this package and below it, except tests.
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

// modules lists the modules whose code results depend on (decompositions and the
// outlines of digits) with their versions in go.mod, which a test compares.
var modules = []struct{ path, version string }{
	{"codeberg.org/go-fonts/liberation", "v0.5.0"},
	{"golang.org/x/image", "v0.34.0"},
	{"gonum.org/v1/gonum", "v0.17.0"},
}

// moduleVersions returns the versions of the modules in this binary. For binaries
// without this information, such as tests, they are those of go.mod.
func moduleVersions() string {
	info, _ := debug.ReadBuildInfo()
	var all []string
	for _, m := range modules {
		version := m.version
		if info != nil {
			for _, d := range info.Deps {
				if d.Path == m.path {
					version = d.Version
					if d.Replace != nil {
						version = d.Replace.Path + " " + d.Replace.Version
					}
				}
			}
		}
		all = append(all, m.path+" "+version)
	}
	return strings.Join(all, " ")
}

// almostOne is a variable so that the compiler cannot fold it into a constant.
var almostOne = 1 + 0x1p-30

// fuses reports whether the compiler fuses x*y + z into one operation with one
// rounding, as it does on some processors and with GOAMD64=v3.
func fuses() bool {
	rounded := float64(almostOne * almostOne) // a conversion prevents fusing
	return almostOne*almostOne-rounded != 0
}

// platformHash returns the SHA-256 of platform.
func platformHash() string {
	sum := sha256.Sum256([]byte(platform()))
	return hex.EncodeToString(sum[:])
}
