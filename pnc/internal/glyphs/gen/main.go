// Command gen writes digits.bin, the outlines of the digits of ten fonts as the
// curves of their segments, which package glyphs draws from. So programs need not
// hold the fonts, of 2 MB.
package main

import (
	"log"
	"os"
)

func main() {
	if err := os.WriteFile("digits.bin", table(), 0o644); err != nil {
		log.Fatal(err)
	}
}
