// Package isa chooses the instruction set that assembly kernels use.
//
// The best path that the processor and the operating system support is chosen when
// one is needed first. The environment variable PNC_KERNEL selects another one by
// name ("avx512", "avx2", "neon", "portable"), as does Use. GODEBUG settings such as
// cpu.avx512f=off are respected. If built with the tag noasm, or for an architecture
// other than amd64 and arm64, only the portable path exists.
package isa

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Path is an instruction set for which there are kernels.
type Path int32

// The paths.
const (
	Portable Path = iota // plain Go
	AVX2                 // amd64 with AVX2, FMA3 and BMI2
	AVX512               // amd64 with AVX-512 F, BW, DQ and VL as well
	NEON                 // any arm64
)

// Paths is the number of paths, the length of a table indexed by Path.
const Paths = 4

var names = [Paths]string{"portable", "avx2", "avx512", "neon"}

// String returns the name of the path.
func (p Path) String() string {
	if p < 0 || p >= Paths {
		return fmt.Sprintf("Path(%d)", int32(p))
	}
	return names[p]
}

// Parse returns the path of the given name.
func Parse(name string) (Path, error) {
	for p, s := range names {
		if s == name {
			return Path(p), nil
		}
	}
	return 0, fmt.Errorf("isa: unknown kernel path %q, want one of %s", name, strings.Join(names[:], ", "))
}

var current atomic.Int32

// choose sets the path before its first use. Not when the program starts: what tests
// read of the environment while they run is part of the key under which go test caches
// their results, and what was read before is not.
var choose = sync.OnceFunc(func() {
	all := Available()
	current.Store(int32(all[len(all)-1]))
	name := os.Getenv("PNC_KERNEL")
	if name == "" {
		return
	}
	p, err := Parse(name)
	if err == nil {
		err = use(p)
	}
	if err != nil {
		problem = fmt.Errorf("PNC_KERNEL: %w; using %v", err, Path(current.Load()))
	}
})

var problem error

// Problem says why PNC_KERNEL was not followed, nil if it was.
func Problem() error {
	choose()
	return problem
}

// Current returns the path in use.
func Current() Path {
	choose()
	return Path(current.Load())
}

// Use makes p the path in use, for all kernels of the process. It returns an
// error if p cannot run here.
func Use(p Path) error {
	choose()
	return use(p)
}

func use(p Path) error {
	if !slices.Contains(Available(), p) {
		return fmt.Errorf("isa: no %v kernels on this machine", p)
	}
	current.Store(int32(p))
	return nil
}
