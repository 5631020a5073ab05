package notebook

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestCodec(t *testing.T) {
	c := newCodec()
	frames, err := c.encode("id", "execute_request", map[string]any{"code": "é", "n": 0.10})
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.decode(append([][]byte{[]byte("identity")}, frames...))
	if err != nil || m.header.ID != "id" || m.header.Type != "execute_request" || m.header.Session != c.session || m.text("code") != "é" {
		t.Errorf("got %+v, %v", m, err)
	}
	if m.content["n"] != json.Number("0.1") {
		t.Errorf("n is %v", m.content["n"])
	}
	for name, broken := range map[string][][]byte{
		"no frames":     nil,
		"no delimiter":  frames[1:],
		"short":         frames[:5],
		"other key":     mustEncode(t, newCodec()),
		"changed":       append(slices.Clone(frames[:5]), []byte(`{"code": "other"}`)),
		"not an object": signed(c, "{}", "{}", "{}", "3"),
		"not JSON":      signed(c, "", "{}", "{}", "{}"),
	} {
		if _, err := c.decode(broken); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func mustEncode(t *testing.T, c codec) [][]byte {
	t.Helper()
	frames, err := c.encode("id", "status", nil)
	if err != nil {
		t.Fatal(err)
	}
	return frames
}

func signed(c codec, texts ...string) [][]byte {
	var parts [][]byte
	for _, s := range texts {
		parts = append(parts, []byte(s))
	}
	return append([][]byte{[]byte(delimiter), []byte(c.sign(parts))}, parts...)
}

// TestPlainText removes what a terminal would obey and a page cannot hold.
func TestPlainText(t *testing.T) {
	for text, want := range map[string]string{
		"\x1b[31mred\x1b[0m\tα\r\nnext":              "red\tα\r\nnext",
		"\x1b]0;title\x07a":                          "a",
		"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ b": "link b",
		"\x1b]0;never ended":                         "",
		"a\x00b\x08c\x7f":                            "abc",
		"\x1b(B\x1b=\x1bMtext":                       "text",
		"\x1b[?25l\x1b[2Kline":                       "line",
	} {
		if got := PlainText(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
