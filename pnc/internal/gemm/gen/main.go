// Command gen writes the assembly of package gemm into the current directory.
package main

import (
	"log"
	"os"

	"pnclab/pnc/internal/gemm/emit"
)

func main() {
	log.SetFlags(0)
	files, err := generate()
	if err != nil {
		log.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(name, text, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// generate returns the assembly files and the files that declare the kernels, by name.
func generate() (map[string][]byte, error) {
	amd64, amd64Stubs, err := avxKernels()
	if err != nil {
		return nil, err
	}
	arm64, arm64Stubs, err := neonKernels()
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"kernels_amd64.s":  amd64,
		"kernels_amd64.go": amd64Stubs,
		"kernels_arm64.s":  arm64,
		"kernels_arm64.go": arm64Stubs,
	}, nil
}

// avxKernels returns the assembly for amd64 and the declarations of its kernels.
func avxKernels() (asm, stubs []byte, err error) {
	f := emit.NewFile()
	for _, t := range emit.Targets {
		for i, rows := range heights[t.ISA] {
			for vectors := 1; vectors <= 2; vectors++ {
				if i > 0 {
					tile(f, t, rows, vectors, strided)
					continue
				}
				tile(f, t, rows, vectors, byRows)
				tile(f, t, rows, vectors, byColumns)
			}
		}
		copyRows(f, t)
		if t.ISA == emit.AVX512 {
			packTall(f, t)
		}
	}
	transpose32(f, emit.AVX2)
	transpose32(f, emit.AVX512)
	transpose64(f)
	transpose64Wide(f)
	return f.Print("gemm")
}
