//go:build !js

package pnc_test

import (
	"fmt"
	"os"
	"path/filepath"

	"pnclab/pnc"
)

// A network is saved for PyTorch, and read again.
func ExampleSave() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "net.safetensors") // or net.npz
	net := pnc.MLP(3, 20).Build(theorem(), pnc.KaimingNormal(), 1)
	if err := pnc.Save(file, net, pnc.Float64); err != nil {
		fmt.Println(err)
		return
	}
	back, err := pnc.Load(file, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(back.Name)
	fmt.Println(pnc.Measure(back, theorem()).C()[2] == pnc.Measure(net, theorem()).C()[2])
	// Output:
	// 3-layer MLP network of width 20
	// true
}
