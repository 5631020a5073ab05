//go:build unix

package gonb

import (
	"bytes"
	"encoding/gob"
	"reflect"
	"testing"

	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// TestMessage sends outputs through a gob stream as the kernel's pipe is one.
func TestMessage(t *testing.T) {
	for _, test := range []struct {
		out  Output
		want protocol.DisplayData
	}{
		{
			Output{Text: map[string]string{HTML: "<b>a</b>", Plain: "a"}, ID: "id"},
			protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMETextHTML: "<b>a</b>", protocol.MIMETextPlain: "a"}, DisplayID: "id"},
		},
		{
			Output{PNG: []byte{1, 2}, Width: 3, Height: 4},
			protocol.DisplayData{
				Data:     map[protocol.MIMEType]any{protocol.MIMEImagePNG: []byte{1, 2}},
				Metadata: map[string]any{"image/png": map[string]int{"width": 3, "height": 4}},
			},
		},
	} {
		var pipe bytes.Buffer
		if err := gob.NewEncoder(&pipe).Encode(test.out.message()); err != nil {
			t.Fatal(err)
		}
		var got protocol.DisplayData
		if err := gob.NewDecoder(&pipe).Decode(&got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("the kernel receives %+v, want %+v", got, test.want)
		}
	}
}

func TestNotConnected(t *testing.T) {
	if Connected() {
		t.Skip("a kernel runs this test")
	}
	Show(Output{}) // without effect
	Sync()
	if a, b := NewID(), NewID(); a == b {
		t.Errorf("two IDs are %q", a)
	}
}
