package pnc

import "math"

// scaling keeps the features of one layer within a range in which their squares
// neither overflow nor vanish. Statistics are taken of z·2^-exponent, where the
// exponent is 0 as long as the largest feature is between 2^-400 and 2^400: only
// features beyond are changed, and by a power of two, which is exact. Traces are
// multiplied by its square in the end, ratios do not depend on it.
type scaling struct {
	exponent int
	largest  float64 // of the features so far
	scaled   []float64
}

const ordinaryRange = 400 // 2^400 ≈ 2.6e120, whose square times 1e67 features is a number

// include takes note of the features of a block and reports by which power of two
// statistics taken so far have to be multiplied: 0 means 2⁰, which is nearly always.
func (s *scaling) include(b *block) (shift int) {
	if b.z == nil {
		return 0 // squares of float32 are ordinary numbers in float64
	}
	largest := s.largest
	for _, v := range b.z {
		if a := math.Abs(v); a > largest {
			largest = a
		}
	}
	if largest == s.largest || math.IsInf(largest, 0) {
		return 0
	}
	s.largest = largest
	before := s.exponent
	_, s.exponent = math.Frexp(largest)
	if s.exponent > -ordinaryRange && s.exponent < ordinaryRange {
		s.exponent = 0
	}
	return before - s.exponent
}

// apply returns the block with its features multiplied by 2^-exponent.
func (s *scaling) apply(b *block) *block {
	if s.exponent == 0 || b.z == nil {
		return b
	}
	s.scaled = resized(s.scaled, len(b.z))
	for i, v := range b.z {
		s.scaled[i] = math.Ldexp(v, -s.exponent)
	}
	c := *b
	c.z = s.scaled
	return &c
}
