// Command gen writes the assembly of package gemm into the current directory.
package main

import (
	"log"
	"os"

	"pnclab/pnc/internal/gemm/emit"
)

const (
	asmFile   = "kernels_amd64.s"
	stubsFile = "kernels_amd64.go"
)

func main() {
	log.SetFlags(0)
	asm, stubs, err := kernels()
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(asmFile, asm, 0o644); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(stubsFile, stubs, 0o644); err != nil {
		log.Fatal(err)
	}
}

// kernels returns the assembly of all kernels and their declarations.
func kernels() (asm, stubs []byte, err error) {
	f := emit.NewFile()
	for _, t := range emit.Targets {
		for _, rows := range heights[t.ISA] {
			for vectors := 1; vectors <= 2; vectors++ {
				tile(f, t, rows, vectors)
			}
		}
		copyRows(f, t)
	}
	transpose32(f)
	transpose64(f)
	return f.Print("gemm")
}
