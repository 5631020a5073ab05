//go:build !js

package pnc

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// compareNatural compares names by the text between the numbers in them and by the
// values of these, from left to right.
func compareNatural(a, b string) int {
	x, m := splitNumbers(a)
	y, n := splitNumbers(b)
	for i := range min(len(x), len(y)) {
		if c := cmp.Compare(x[i], y[i]); c != 0 {
			return c
		}
		if i < len(m) && i < len(n) {
			if c := cmp.Compare(m[i], n[i]); c != 0 {
				return c
			}
		}
	}
	return cmp.Compare(len(x), len(y))
}

// sortByNumbers sorts layers by the numbers in their names if the names are the same
// otherwise. Names without a number keep their places.
func sortByNumbers[T any](layers []T, name func(T) string) {
	var text []string
	var places []int
	for i, f := range layers {
		t, numbers := splitNumbers(name(f))
		if numbers == nil {
			continue
		}
		if text != nil && !slices.Equal(t, text) {
			return
		}
		text = t
		places = append(places, i)
	}
	numbered := make([]T, len(places))
	for i, p := range places {
		numbered[i] = layers[p]
	}
	slices.SortStableFunc(numbered, func(a, b T) int {
		_, x := splitNumbers(name(a))
		_, y := splitNumbers(name(b))
		return slices.CompareFunc(x, y, cmp.Compare)
	})
	for i, p := range places {
		layers[p] = numbered[i]
	}
}

// splitNumbers returns the text between the numbers in a name, and the numbers.
func splitNumbers(name string) (text []string, numbers []uint64) {
	const digits = "0123456789"
	for {
		start := strings.IndexAny(name, digits)
		if start < 0 {
			return append(text, name), numbers
		}
		text = append(text, name[:start])
		end := len(name) - len(strings.TrimLeft(name[start:], digits))
		n, err := strconv.ParseUint(name[start:end], 10, 64)
		if err != nil {
			n = math.MaxUint64 // too long a number comes last
		}
		numbers = append(numbers, n)
		name = name[end:]
	}
}
