package pnc

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"pnclab/pnc/internal/approx"
	"pnclab/pnc/internal/random"
)

// TestTopicsFrequencies compares the frequencies of words with their probabilities.
func TestTopicsFrequencies(t *testing.T) {
	const vocabulary, length = 200, 400000
	s, rnd := Topics{Vocabulary: vocabulary, Length: length, Share: 0.25}, random.New(11, random.Data)
	own := rnd.Perm(vocabulary)
	var harmonic float64
	for r := range vocabulary {
		harmonic += 1 / float64(r+1)
	}
	want := make([]float64, vocabulary)
	for r, w := range own {
		want[r] += 0.75 / float64(r+1) / harmonic
		want[w] += 0.25 / float64(r+1) / harmonic
	}
	text := s.text(zipf(vocabulary), own, rnd)
	got := make([]float64, vocabulary)
	for i, w := range text.Index {
		got[w] = text.Value[i] / length
	}
	for w, p := range want {
		// Six standard deviations of a binomial: one seed in 10⁶ would fail.
		if math.Abs(got[w]-p) > 6*math.Sqrt(p/length) {
			t.Errorf("word %d: frequency %.6f, probability %.6f", w, got[w], p)
		}
	}
}

// TestTopics checks shapes, and that another seed draws other texts from the same
// distribution: the class means of one seed classify the texts of the other.
func TestTopics(t *testing.T) {
	spec := Topics{Classes: 3, PerClass: 200, Vocabulary: 500}
	a, again, b := Must(spec.Generate(1)), Must(spec.Generate(1)), Must(spec.Generate(2))
	if !mat.Equal(a.X(), again.X()) || mat.Equal(a.X(), b.X()) {
		t.Error("the seed does not determine the texts")
	}
	if a.Len() != 600 || a.Dim() != 500 || a.K() != 3 || a.Name != "Topics (synthetic texts), 200 per class" {
		t.Errorf("got %v", a)
	}
	for i := range a.Len() {
		approx.Equal(t, "norm", mat.Norm(mat.NewVecDense(500, a.Row(nil, i)), 2), 1, 1e-14, 0)
	}
	var means, scores mat.Dense
	means.Mul(a.OneHot().T(), a.X())
	scores.Mul(b.X(), means.T())
	// A text of 30 words has on average 6 from the order of its topic; guessing is
	// right for a third.
	if accuracy := TopAccuracy(&scores, b.Labels, 1); accuracy < 0.85 {
		t.Errorf("class means of one seed classify %.3f of the other correctly", accuracy)
	}
	if d := Must(Topics{Classes: 2, PerClass: 1}.Generate(1)).Dim(); d != 2048 {
		t.Errorf("dimension %d by default, want 2048", d)
	}
}

func TestTopicsErrors(t *testing.T) {
	for word, s := range map[string]Topics{
		"Classes":    {Classes: 1, PerClass: 3},
		"PerClass":   {Classes: 2},
		"Length":     {Classes: 2, PerClass: 3, Length: -1},
		"Share":      {Classes: 2, PerClass: 3, Share: 1.5},
		"Vocabulary": {Classes: 2, PerClass: 3, Vocabulary: -1},
	} {
		if _, err := s.Generate(1); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%+v: error %v, want it to name %q", s, err, word)
		}
	}
}

func TestNews(t *testing.T) {
	dir := tempData(t)
	check := func(spec News, name string, n, dim int) string {
		t.Helper()
		data, err := spec.Generate(1)
		if err != nil {
			t.Fatal(err)
		}
		if data.Name != name || data.Len() != n || data.Dim() != dim || data.K() != 4 {
			t.Errorf("got %v, want %s with N=%d, d=%d", data, name, n, dim)
		}
		return Must(spec.Fingerprint())
	}
	made := check(News{PerClass: 2}, "Topics (synthetic texts), 2 per class, since no AG News was found", 8, 2048)
	writeFile(t, []byte(tinyNews), dir, "ag-news", "test.csv")
	// If every class has fewer texts than PerClass, as many as every class has are
	// taken.
	real := check(News{PerClass: 2, Dim: 100}, "AG News test set (5 of 7600), 1 per class", 4, 100)
	if made == real {
		t.Errorf("two sources have the fingerprint %v", made)
	}
	writeFile(t, []byte("1,a b\n2,c\n"), dir, "ag-news", "train.csv")
	_, err := News{}.Generate(1)
	expectError(t, "damaged", err, "train.csv: classes [1 2]")
}
