//go:build js

package main

import (
	"syscall/js"
	"unsafe"

	"pnclab/internal/playground/session"
)

// config reads the settings of the page.
func config(v js.Value) session.Config {
	text := func(name string) string { return v.Get(name).String() }
	number := func(name string) float64 { return v.Get(name).Float() }
	count := func(name string) int { return v.Get(name).Int() }
	return session.Config{
		Data: text("data"), Classes: count("classes"), PerClass: count("n"), Dim: count("dim"),
		Noise: number("noise"), Common: number("common"),
		Net: text("net"), Depth: count("depth"), Width: count("width"), BatchNorm: v.Get("norm").Truthy(), Scale: number("xi"),
		Alpha: number("alpha"), LearningRate: number("lr"), Momentum: number("momentum"), Loss: text("loss"),
		Epochs: count("epochs"), Seed: count("seed"),
	}
}

// array copies numbers to a Float64Array in one call.
func array(v []float64) js.Value {
	bytes := js.Global().Get("Uint8Array").New(8 * len(v))
	if len(v) > 0 {
		js.CopyBytesToJS(bytes, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 8*len(v)))
	}
	return js.Global().Get("Float64Array").New(bytes.Get("buffer"))
}
