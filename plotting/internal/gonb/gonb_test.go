//go:build unix

package gonb

import (
	"bytes"
	"encoding/gob"
	"reflect"
	"testing"

	"github.com/janpfeifer/gonb/gonbui"
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
			Output{PNG: []byte{1, 2}, Width: 3, Height: 4, Alt: "a curve"},
			protocol.DisplayData{
				Data:     map[protocol.MIMEType]any{protocol.MIMEImagePNG: []byte{1, 2}},
				Metadata: map[string]any{"image/png": map[string]any{"width": 3, "height": 4, "alt": "a curve"}},
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

// TestDeliver passes messages on in their order, each to the listener of its address or
// else to whoever listened before, and drops what is no text.
func TestDeliver(t *testing.T) {
	var got, elsewhere []string
	mu.Lock()
	listeners["/here"] = func(text string) { got = append(got, text) }
	mu.Unlock()
	t.Cleanup(func() { delete(listeners, "/here") })
	others := func(m *protocol.CommValue) { elsewhere = append(elsewhere, m.Address) }
	for _, m := range []protocol.CommValue{
		{Address: "/here", Value: "1"}, {Address: "/there", Value: "2"}, {Address: "/here", Value: 3.0}, {Address: "/here", Value: "4"}, {Address: "/here"},
	} {
		deliver(&m, others)
	}
	deliver(&protocol.CommValue{Address: "/nobody", Value: "5"}, nil)
	if !reflect.DeepEqual(got, []string{"1", "4"}) || !reflect.DeepEqual(elsewhere, []string{"/there"}) {
		t.Errorf("received %q, and %q elsewhere", got, elsewhere)
	}
	if gonbui.OnCommValueUpdate == nil {
		t.Error("the kernel's messages are delivered to nobody")
	}
}
