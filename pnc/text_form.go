package pnc

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pnclab/internal/oneline"
)

// indexOf returns the index of name in names, or -1.
func indexOf(names []string, name string) int { return slices.Index(names, name) }

// unmarshalEnum reads a value from its text form in JSON, or from the number that
// older versions stored, below a number of values.
func unmarshalEnum(b []byte, v encoding.TextUnmarshaler, values int, set func(int)) error {
	if i, err := strconv.Atoi(string(b)); err == nil {
		if i < 0 || i >= values {
			return fmt.Errorf("no value %d; known are 0 to %d", i, values-1)
		}
		set(i)
		return nil
	}
	text, err := jsonText(b)
	if err != nil {
		return err
	}
	return v.UnmarshalText([]byte(text))
}

// jsonText decodes a string.
func jsonText(b []byte) (text string, err error) {
	return text, oneline.Error(json.Unmarshal(b, &text))
}

// parseNumber returns the number that a text of a form is.
func parseNumber(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("%.60q is not a number", text)
	}
	return v, nil
}

// parseCall splits text of the form kind or kind(a, b).
func parseCall(text string) (kind string, args []string, err error) {
	kind, rest, called := strings.Cut(text, "(")
	if !called {
		return kind, nil, nil
	}
	rest, closed := strings.CutSuffix(rest, ")")
	if !closed {
		return "", nil, fmt.Errorf("%.60q: a closing parenthesis is missing", text)
	}
	for arg := range strings.SplitSeq(rest, ",") {
		if arg = strings.TrimSpace(arg); arg != "" {
			args = append(args, arg)
		}
	}
	return strings.TrimSpace(kind), args, nil
}

// decodeStrictly decodes JSON and rejects fields that v does not have. The error is one
// line, whatever names and values the JSON has.
func decodeStrictly(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return oneline.Error(d.Decode(v))
}
