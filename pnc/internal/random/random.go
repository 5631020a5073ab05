// Package random derives pseudo-random number generators from seeds.
package random

import "math/rand/v2"

// Stream separates the random numbers of one seed by their purpose, so that, for
// example, a different initialisation does not change the data.
type Stream uint64

// The streams. Their values are part of the meaning of a seed: add new ones at the
// end.
const (
	Data      Stream = iota // samples
	Init                    // initial weights
	Batches                 // the order of mini-batches
	Subset                  // which samples are drawn from a data set
	Probe                   // initial weights of a probe
	Embedding               // neighbours and layout of a map
	Unbalance               // which samples an unbalanced data set keeps
	Portion                 // which samples are in a portion
	Parts                   // the parts of classes
)

// Sub returns the i-th stream under s, counted from 1, such as that of a single
// image.
func (s Stream) Sub(i int) Stream { return s + Stream(i)<<8 }

// Source returns the source of the numbers of a stream.
func Source(seed int, s Stream) *rand.PCG { return rand.NewPCG(uint64(seed), uint64(s)) }

// New returns the generator of a stream.
func New(seed int, s Stream) *rand.Rand { return rand.New(Source(seed, s)) }
