// Package words turns texts into sparse vectors of fixed dimension by hashing
// their words and pairs of words.
package words

import (
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"unicode"
)

// Vector is a sparse vector; Index is in ascending order.
type Vector struct {
	Index []int32
	Value []float64
}

// Tokens returns the words of a text in lower case: runs of letters and digits
// with at least two characters and one letter. That drops numbers, and with them
// most of the remnants of markup ("#39;s") that are common in news wires.
func Tokens(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	return slices.DeleteFunc(words, func(w string) bool {
		return len(w) < 2 || !strings.ContainsFunc(w, unicode.IsLetter)
	})
}

// Counts returns how often the words and, with pairs, the pairs of neighbouring
// words occur in a text, each assigned by its hash to one of dim features and
// counted with a sign that is also taken from the hash. With signs, two words that
// share a feature cancel as often as they add up, and inner products are unbiased
// (Weinberger et al. 2009).
func Counts(text string, dim int, pairs bool) Vector {
	counts := map[int32]float64{}
	add := func(parts ...string) {
		h := fnv.New64a()
		for _, p := range parts {
			h.Write([]byte(p))
			h.Write([]byte{0})
		}
		sum := mix(h.Sum64())
		sign := 1.0
		if sum>>63 == 1 {
			sign = -1
		}
		counts[int32(sum<<1>>1%uint64(dim))] += sign
	}
	tokens := Tokens(text)
	for i, w := range tokens {
		add(w)
		if pairs && i > 0 {
			add(tokens[i-1], w)
		}
	}
	v := Vector{Index: make([]int32, 0, len(counts)), Value: make([]float64, 0, len(counts))}
	for i, c := range counts {
		if c != 0 {
			v.Index = append(v.Index, i)
		}
	}
	slices.Sort(v.Index)
	for _, i := range v.Index {
		v.Value = append(v.Value, counts[i])
	}
	return v
}

// mix mixes the bits of an FNV hash, whose lowest and highest bits alone are not
// evenly distributed for short words (the finaliser of splitmix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// TFIDF weights counts in place, with f the count of a feature in a text, n the
// number of texts, and n_j the number of those with feature j:
//
//	value = sign(f)·(1 + ln|f|)·(1 + ln((1+n)/(1+n_j)))
//
// and scales every text to norm 1, except those without words, which stay 0.
func TFIDF(texts []Vector, dim int) {
	have := make([]float64, dim)
	for _, v := range texts {
		for _, j := range v.Index {
			have[j]++
		}
	}
	for _, v := range texts {
		var square float64
		for i, j := range v.Index {
			f := v.Value[i]
			idf := 1 + math.Log((1+float64(len(texts)))/(1+have[j]))
			v.Value[i] = math.Copysign(1+math.Log(math.Abs(f)), f) * idf
			square += v.Value[i] * v.Value[i]
		}
		v.divide(math.Sqrt(square))
	}
}

// Mean divides the counts of each text by their sum in place, so that it is the
// mean of the one-hot vectors of its words.
func Mean(texts []Vector) {
	for _, v := range texts {
		var sum float64
		for _, f := range v.Value {
			sum += math.Abs(f)
		}
		v.divide(sum)
	}
}

func (v Vector) divide(by float64) {
	for i := range v.Value {
		v.Value[i] /= by
	}
}
