package pnc

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"

	"pnclab/pnc/internal/random"
	"pnclab/pnc/internal/samples"
	"pnclab/pnc/internal/words"
)

// Topics is a synthetic corpus: texts on K topics as bags of words, in the form of
// [Text], without a file. Word w = 0, 1, ... of a text on topic k is drawn
// independently with the probability
//
//	p_k(w) = (1 - s) q(w) + s q(π_k(w)),   q(r) ∝ 1/(r+1),
//
// the frequency law of Zipf over a vocabulary that all topics share, mixed with the
// same law over a topic-specific order of the words: most words say nothing about
// the topic, and those that do are rare. Words become TF-IDF weights and each text a
// vector of norm 1.
//
// The orders π_k are the same for every seed, so that one seed can be used for
// training and another for testing. Real texts also have word order, names and
// subtopics; these texts share only their sparsity.
type Topics struct {
	Classes, PerClass int
	// Vocabulary is the number of words and the dimension; 0 means 2048.
	Vocabulary int
	// Length is the number of words per text; 0 means 30.
	Length int
	// Share is s; 0 means 0.2.
	Share float64
}

// languageSeed determines the orders of words; any number will do.
const languageSeed = 1935

// Generate draws the texts from the seed.
func (s Topics) Generate(seed int) (*Dataset, error) {
	if s.Vocabulary == 0 {
		s.Vocabulary = 2048
	}
	if s.Length == 0 {
		s.Length = 30
	}
	if s.Share == 0 {
		s.Share = 0.2
	}
	if s.Vocabulary < 1 || s.Length < 1 {
		return nil, fmt.Errorf("topics: Vocabulary %d and Length %d must be positive", s.Vocabulary, s.Length)
	}
	if err := checkSynthetic("topics", s.Classes, s.PerClass, s.Vocabulary); err != nil {
		return nil, err
	}
	if !(s.Share > 0 && s.Share <= 1) {
		return nil, fmt.Errorf("topics: Share is %v; it must be in (0, 1]", s.Share)
	}
	q := zipf(s.Vocabulary)
	rnd, language := random.New(seed, random.Data), random.New(languageSeed, random.Data)
	rows := make([]words.Vector, 0, s.Classes*s.PerClass)
	for range s.Classes {
		own := language.Perm(s.Vocabulary)
		for range s.PerClass {
			rows = append(rows, s.text(q, own, rnd))
		}
	}
	words.TFIDF(rows, s.Vocabulary)
	name := fmt.Sprintf("Topics (synthetic texts), %d per class", s.PerClass)
	return newDataset(name, samples.Sparse{Vectors: rows, Dim: s.Vocabulary}, blockLabels(s.Classes, s.PerClass), numberNames(s.Classes))
}

// text draws a text and returns its word counts. own holds the words in the order of
// its topic.
func (s Topics) text(q []float64, own []int, rnd *rand.Rand) words.Vector {
	counts := map[int32]float64{}
	for range s.Length {
		topical := rnd.Float64() < s.Share
		w := min(sort.SearchFloat64s(q, rnd.Float64()), s.Vocabulary-1)
		if topical {
			w = own[w]
		}
		counts[int32(w)]++
	}
	var v words.Vector
	for w := range counts {
		v.Index = append(v.Index, w)
	}
	slices.Sort(v.Index)
	for _, w := range v.Index {
		v.Value = append(v.Value, counts[w])
	}
	return v
}

// zipf returns the cumulative probabilities of q(r) ∝ 1/(r+1) for r < n.
func zipf(n int) []float64 {
	q := make([]float64, n)
	var sum float64
	for r := range q {
		sum += 1 / float64(r+1)
		q[r] = sum
	}
	for r := range q {
		q[r] /= sum
	}
	return q
}
