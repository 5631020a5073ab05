package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"

	"pnclab/pnc/internal/arrays"
)

// Write writes a file of arrays of float32 or float64 with the given metadata, nil for
// none. The arrays keep their order in the file; the same arguments give the same bytes.
// Elements begin at a multiple of eight bytes, as the format recommends. It panics if the
// number of elements of an array is not that of its shape, or if two have the same name.
func Write(w io.Writer, metadata map[string]string, list []arrays.Values) error {
	header := bytes.NewBufferString("{")
	if metadata != nil {
		text, err := json.Marshal(metadata)
		if err != nil {
			return err
		}
		fmt.Fprintf(header, "%q:%s", metadataKey, text)
	}
	var at int64
	seen := map[string]bool{metadataKey: true}
	for _, a := range list {
		a.Check()
		if seen[a.Name] {
			panic(fmt.Sprintf("safetensors: two arrays named %s", a.Name))
		}
		seen[a.Name] = true
		name, err := json.Marshal(a.Name)
		if err != nil {
			return err
		}
		kind := "F64"
		if a.Single {
			kind = "F32"
		}
		t, err := json.Marshal(tensor{Type: kind, Shape: a.Dims64(), Offsets: [2]int64{at, at + a.Size()}})
		if err != nil {
			return err
		}
		if header.Len() > 1 {
			header.WriteByte(',')
		}
		fmt.Fprintf(header, "%s:%s", name, t)
		at += a.Size()
	}
	header.WriteByte('}')
	for header.Len()%8 != 0 {
		header.WriteByte(' ')
	}
	if err := binary.Write(w, binary.LittleEndian, uint64(header.Len())); err != nil {
		return err
	}
	if _, err := w.Write(header.Bytes()); err != nil {
		return err
	}
	for _, a := range list {
		if err := a.Write(w); err != nil {
			return err
		}
	}
	return nil
}
