package words

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestTokens(t *testing.T) {
	got := Tokens("The U.S. won 3 of 42 x-rays; it's #39;s 2nd Größe!")
	if want := []string{"the", "won", "of", "rays", "it", "2nd", "größe"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// dense returns the vector as a dense slice.
func dense(v Vector, dim int) []float64 {
	x := make([]float64, dim)
	for i, j := range v.Index {
		x[j] = v.Value[i]
	}
	return x
}

func TestCounts(t *testing.T) {
	const dim = 1 << 20 // large enough that these words do not collide
	for _, test := range []struct {
		text  string
		pairs bool
		want  []float64 // absolute counts, sorted
	}{
		{"", false, nil},
		{"apple", false, []float64{1}},
		{"apple pear apple", false, []float64{1, 2}},
		{"apple pear apple", true, []float64{1, 1, 1, 2}}, // and two pairs
		{"apple pear", true, []float64{1, 1, 1}},
	} {
		v := Counts(test.text, dim, test.pairs)
		var got []float64
		for _, f := range v.Value {
			got = append(got, math.Abs(f))
		}
		slices.Sort(got)
		if !slices.Equal(got, test.want) || !slices.IsSorted(v.Index) {
			t.Errorf("%q: counts %v, want %v", test.text, got, test.want)
		}
	}
	a, b := dense(Counts("apple pear", dim, false), dim), dense(Counts("pear apple", dim, false), dim)
	if !slices.Equal(a, b) {
		t.Error("word counts depend on the order")
	}
}

// Words of many kinds must be distributed evenly over features and signs: with 64
// features and 64,000 words the χ² statistic of 128 cells has mean 127 and standard
// deviation 16, and is below 191 with probability 0.9998.
func TestHashIsUniform(t *testing.T) {
	const dim, n = 64, 64000
	var cells [2 * dim]float64
	for i := range n {
		v := Counts(fmt.Sprintf("w%d", i), dim, false)
		cell := v.Index[0]
		if v.Value[0] < 0 {
			cell += dim
		}
		cells[cell]++
	}
	var chi2 float64
	for _, c := range cells {
		e := float64(n) / (2 * dim)
		chi2 += (c - e) * (c - e) / e
	}
	if chi2 > 191 {
		t.Errorf("χ² = %.0f of 127 degrees of freedom", chi2)
	}
}

// With signs, the inner product of hashed counts is an unbiased estimate of that of
// the counts themselves, even with few features.
func TestCountsInnerProduct(t *testing.T) {
	const seed, trials, dim = 7, 4000, 16
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	var sum, squares float64
	for range trials {
		word := func() string { return fmt.Sprintf("w%d", rnd.IntN(1<<30)) }
		shared := word()
		a, b := shared, shared+" "+shared // the exact inner product is 2
		for range 3 {
			a += " " + word()
			b += " " + word()
		}
		var dot float64
		x, y := dense(Counts(a, dim, false), dim), dense(Counts(b, dim, false), dim)
		for i := range x {
			dot += x[i] * y[i]
		}
		sum += dot
		squares += dot * dot
	}
	mean := sum / trials
	std := math.Sqrt(squares/trials-mean*mean) / math.Sqrt(trials)
	if math.Abs(mean-2) > 4*std {
		t.Errorf("mean inner product %.3f ± %.3f, want 2", mean, std)
	}
}

func TestTFIDF(t *testing.T) {
	texts := []Vector{
		{Index: []int32{0, 2}, Value: []float64{1, -2}},
		{Index: []int32{0}, Value: []float64{3}},
		{},
	}
	TFIDF(texts, 3)
	// By hand: n = 3, n_0 = 2, n_2 = 1.
	common, rare := 1+math.Log(4./3), (1+math.Log(2))*(1+math.Log(2))
	norm := math.Hypot(common, rare)
	want := []float64{common / norm, -rare / norm}
	for i, v := range texts[0].Value {
		if math.Abs(v-want[i]) > 1e-15 {
			t.Errorf("value %d is %v, want %v", i, v, want[i])
		}
	}
	if v := texts[1].Value[0]; v != 1 {
		t.Errorf("a text with one word has %v, want 1", v)
	}
}

func TestMean(t *testing.T) {
	texts := []Vector{{Index: []int32{1, 5}, Value: []float64{-1, 3}}, {}}
	Mean(texts)
	if want := []float64{-0.25, 0.75}; !slices.Equal(texts[0].Value, want) {
		t.Errorf("got %v, want %v", texts[0].Value, want)
	}
}

func BenchmarkCounts(b *testing.B) {
	text := "Unions representing workers at the company say they are disappointed after talks with its stricken parent firm about the pension"
	for b.Loop() {
		Counts(text, 2048, false)
	}
}

// FuzzCounts requires that the counts of a text are of its features, in their order, and
// no more than its words and pairs.
func FuzzCounts(f *testing.F) {
	f.Add("Red apples, 3 green ones #39;s", 16, true)
	f.Fuzz(func(t *testing.T, text string, dim int, pairs bool) {
		if dim < 2 || dim > 1<<20 {
			t.Skip()
		}
		v := Counts(text, dim, pairs)
		sum := 0.0
		for i, j := range v.Index {
			if j < 0 || int(j) >= dim || i > 0 && v.Index[i-1] >= j || v.Value[i] == 0 {
				t.Fatalf("feature %d of %v has %v", j, v.Index, v.Value[i])
			}
			sum += math.Abs(v.Value[i])
		}
		if most := float64(2 * len(Tokens(text))); sum > most || len(v.Index) != len(v.Value) {
			t.Errorf("%v of %q, more than %v", sum, text, most)
		}
	})
}
