// Package playground makes the page on which a class can move what an experiment
// depends on and see features collapse at once: package pnc as WebAssembly in a web
// worker, and what draws it, in one file that asks nobody for anything.
//
// The page's parts are in web, what it asks pnc for in session, and the program in the
// worker in wasm.
package playground

import (
	"bytes"
	"embed"
	"encoding/base64"
	"fmt"
	"html"
	"strings"
)

//go:embed web
var web embed.FS

// scripts are the parts of the page's program, in the order in which they need one
// another.
var scripts = []string{
	"controls", "settings", "engine", "run", "canvas", "curves", "maps", "spectrum", "loss", "heatmap",
	"formula", "guess", "presets", "tour", "describe", "export", "teacher", "main",
}

// assemble returns the page with the compressed module and Go's loader in it.
func assemble(module []byte, loader string) ([]byte, error) {
	page, err := part("page.html")
	if err != nil {
		return nil, err
	}
	style, err := part("style.css")
	if err != nil {
		return nil, err
	}
	worker, err := part("worker.js")
	if err != nil {
		return nil, err
	}
	var script strings.Builder
	for _, name := range scripts {
		text, err := part(name + ".js")
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&script, "// ---- %s\n%s", name, text)
	}
	for _, p := range []struct{ mark, text string }{
		{"/*STYLE*/", style},
		{"/*WORKER*/", loader + "\n" + worker},
		{"/*MODULE*/", base64.StdEncoding.EncodeToString(module)},
		{"/*SCRIPT*/", script.String()},
	} {
		if strings.Contains(p.text, "</script") || strings.Contains(p.text, "</style") {
			return nil, fmt.Errorf("playground: the part at %s would end its element", p.mark)
		}
		if strings.Count(page, p.mark) != 1 {
			return nil, fmt.Errorf("playground: page.html has %d marks %s, not one", strings.Count(page, p.mark), p.mark)
		}
		page = strings.Replace(page, p.mark, p.text, 1)
	}
	return []byte(page), nil
}

// part returns a file of web.
func part(name string) (string, error) {
	b, err := web.ReadFile("web/" + name)
	return string(b), err
}

// At returns the page as it opens where it has no address of its own, such as in a frame
// made of srcdoc: at the given one, which begins with #.
func At(page []byte, address string) []byte {
	return bytes.Replace(page, []byte(`data-address=""`), []byte(`data-address="`+html.EscapeString(address)+`"`), 1)
}
