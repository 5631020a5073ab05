package pnc

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"

	"pnclab/pnc/internal/gemm"
)

// platform describes everything beside an experiment that bits depend on: the kind of
// processor, unless keys are portable, and the code. It is a function, and not a
// variable that holds one, so that a page, which keeps no runs, does not hold what it
// calls.
func platform() string {
	kind := "any processor"
	if !portableKeys() {
		kind = fmt.Sprintf("%s %s fused=%t", runtime.GOARCH, gemm.Path(), fuses())
	}
	return kind + "\n" + code()
}

// code describes the code that results depend on.
func code() string {
	described.once.Do(func() {
		described.text = fmt.Sprintf("%s\n%s\n%s", runtime.Version(), moduleVersions(), sourceHash())
	})
	return described.text
}

var described struct {
	once sync.Once
	text string
}

// keyVariable is the environment variable that chooses what keys depend on.
const keyVariable = "PNC_CACHE_KEY"

// portableKeys reports whether keys are the same on all kinds of processors.
func portableKeys() bool { return os.Getenv(keyVariable) == "portable" }

// checkKeys returns an error if the choice of keys is none.
func checkKeys() error {
	if v := os.Getenv(keyVariable); v != "" && v != "portable" {
		return fmt.Errorf("cache: %s=%s is unknown; set it to portable for keys that are the same on all kinds of processors, or unset it", keyVariable, v)
	}
	return nil
}

// Kernels returns the name of the kernels that products of matrices and elementwise
// functions use on this machine, such as "avx512": the last digits of results depend on
// them.
func Kernels() string { return gemm.Path() }

// modules are the modules whose code results depend on, with the versions of
// go.mod, which a test compares: decompositions, and the drawing of digits.
var modules = []struct{ path, version string }{
	{"golang.org/x/image", "v0.48.0"},
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

// hashed returns the SHA-256 of a text.
func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
