package npz

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"

	"pnclab/pnc/internal/arrays"
)

// Write writes an .npz archive of arrays of float32 or float64, uncompressed and in their
// order, after the given texts, which are arrays of bytes. The same arguments give the
// same bytes. It panics if the number of elements of an array is not that of its shape.
func Write(w io.Writer, texts []Text, list []arrays.Values) error {
	z := zip.NewWriter(w)
	for _, t := range texts {
		entry, err := create(z, t.Name, "|u1", []int{len(t.Text)})
		if err == nil {
			_, err = io.WriteString(entry, t.Text)
		}
		if err != nil {
			return err
		}
	}
	for _, a := range list {
		a.Check()
		kind := "<f8"
		if a.Single {
			kind = "<f4"
		}
		entry, err := create(z, a.Name, kind, a.Shape)
		if err == nil {
			err = a.Write(entry)
		}
		if err != nil {
			return err
		}
	}
	return z.Close()
}

// Text is an array of the bytes of a text.
type Text struct{ Name, Text string }

// create begins the entry of an array and writes its header, in version 1 of the format,
// of a length that is a multiple of 64 bytes.
func create(z *zip.Writer, name, kind string, shape []int) (io.Writer, error) {
	entry, err := z.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
	if err != nil {
		return nil, err
	}
	var dims []string
	for _, d := range shape {
		dims = append(dims, strconv.Itoa(d))
	}
	tuple := strings.Join(dims, ", ")
	if len(dims) == 1 {
		tuple += ","
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", kind, tuple)
	const start = len(magic) + 4 // version and length
	text += strings.Repeat(" ", 63-(start+len(text))%64) + "\n"
	var b bytes.Buffer
	b.WriteString(magic)
	b.Write([]byte{1, 0})
	if err := binary.Write(&b, binary.LittleEndian, uint16(len(text))); err != nil {
		return nil, err
	}
	b.WriteString(text)
	_, err = entry.Write(b.Bytes())
	return entry, err
}
