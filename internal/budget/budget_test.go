package budget

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	cost := Cost{Object: 1000, Element: 10, Field: 100, Depth: 3}
	room := Memory(0)
	for _, test := range []struct {
		name, text string
		want       error
	}{
		{"empty", "", nil},
		{"text", `{"a\"{[":["{","\\",1e5,null]}`, nil},
		{"no end", `["abc\"`, nil},
		{"objects", "[" + strings.Repeat("{},", int(room/1100)) + "{}]", ErrSpent},
		{"fewer objects", "[" + strings.Repeat("{},", int(room/1200)) + "{}]", nil},
		{"objects in text", `["` + strings.Repeat("{},", int(room/1000)) + `"]`, nil},
		{"numbers", "[" + strings.Repeat("0,", int(room/5)) + "0]", ErrSpent},
		{"long numbers", "[" + strings.Repeat("0.12345,", int(room/6)) + "0]", nil}, // whose text allows for them
		{"depth", "[[[0]]]", nil},
		{"deeper", "[[[[0]]]]", ErrNested},
	} {
		if err := JSON([]byte(test.text), cost); !errors.Is(err, test.want) || test.want == nil && err != nil {
			t.Errorf("%s: error %v, want %v", test.name, err, test.want)
		}
	}
}

func TestTake(t *testing.T) {
	b := Of(100)
	for _, n := range []int64{Memory(100) - 1, 1} {
		if err := b.Take(n); err != nil {
			t.Error(err)
		}
	}
	if b.Take(1) == nil {
		t.Error("more than everything was taken")
	}
}

// FuzzJSON requires that the depth of JSON is what a decoder finds.
func FuzzJSON(f *testing.F) {
	f.Add(`{"a":[1,{"b\\":"]"}],"\"":{}}`, 2)
	f.Add(`[[[]]]`, 3)
	f.Fuzz(func(t *testing.T, text string, most int) {
		if !json.Valid([]byte(text)) {
			JSON([]byte(text), Cost{1000, 10, 100, most})
			return
		}
		depth, deepest := 0, 0
		for d := json.NewDecoder(strings.NewReader(text)); ; {
			token, err := d.Token()
			if err != nil {
				break
			}
			switch token {
			case json.Delim('{'), json.Delim('['):
				depth++
				deepest = max(deepest, depth)
			case json.Delim('}'), json.Delim(']'):
				depth--
			}
		}
		err := JSON([]byte(text), Cost{1000, 10, 100, most})
		// Where there is no list or object, nothing says that 0 is more than most.
		if want := deepest > most; errors.Is(err, ErrNested) != want && deepest > 0 {
			t.Errorf("%q has depth %d, and with at most %d the error is %v", text, deepest, most, err)
		}
	})
}
