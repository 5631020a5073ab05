package plotting

import (
	"strings"
	"testing"
)

// TestSettingNames checks that names that would overlap are left out, and others not.
func TestSettingNames(t *testing.T) {
	for _, c := range []struct {
		n, length int
		written   int
	}{{10, 4, 10}, {30, 1, 30}, {30, 2, 15}, {40, 9, 6}} {
		var names []string
		for range c.n {
			names = append(names, strings.Repeat("x", c.length))
		}
		written, characters := 0, 0
		for i, tick := range settingNames(names) {
			if tick != "" {
				written++
				characters += len(tick) + 1
			}
			if i == 0 && tick == "" {
				t.Error("the first setting has no name")
			}
		}
		if written != c.written || characters > 66 {
			t.Errorf("%d names of %d characters: %d are written", c.n, c.length, written)
		}
	}
}
