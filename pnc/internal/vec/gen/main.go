// Command gen writes the assembly of package vec into the current directory.
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
		scale(f, t)
		axpy(f, t)
		dot(f, t)
		sum(f, t)
		sumSquares(f, t)
		reLU(f, t)
		reLUBackward(f, t)
		for _, relu := range []bool{false, true} {
			normalize(f, t, relu)
			normalizeSums(f, t, relu)
			normalizeBackward(f, t, relu)
		}
		larger(f, t)
		largerBackward(f, t)
		sgd(f, t)
		descend(f, t)
		adam(f, t)
		fromBytes(f, t)
		winogradInput(f, t)
		winogradGradient(f, t)
		winogradKernel(f, t)
		winogradKernelGradient(f, t)
		winogradOutput(f, t, false)
		winogradOutput(f, t, true)
	}
	return f.Print("vec")
}
