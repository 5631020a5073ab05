// Package gonb shows things in the cell of the GoNB notebook that runs the program.
// It keeps the kernel's library in one place: on systems for which there is no
// kernel nothing of it is compiled in, and no program counts as connected.
package gonb

// MIME types of the forms of an output.
const (
	HTML  = "text/html"
	Plain = "text/plain" // for frontends without HTML, and for readers without images
)

const png = "image/png"

// Output is one thing in several forms, of which a frontend shows the richest that
// it knows.
type Output struct {
	// Text holds the forms that are text, by MIME type.
	Text map[string]string
	// PNG is its form as an image, if it has one, which is shown with the given size
	// in CSS pixels.
	PNG           []byte
	Width, Height int
	Alt           string // describes the image
	// ID, if not empty, makes the output replace the one shown before with that ID.
	ID string
}
