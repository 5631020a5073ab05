package main

import (
	"bytes"
	"os"
	"testing"
)

// The table that package glyphs draws from is the one of the fonts of go.mod.
func TestTable(t *testing.T) {
	kept, err := os.ReadFile("../digits.bin")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, table()) {
		t.Error("digits.bin is not what the fonts give; run go generate ./pnc/internal/glyphs and look at what changed")
	}
}
