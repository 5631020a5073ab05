package pnc

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

const tinyNews = `"3","Oil prices rise","Crude ""futures"" went up, and
shares fell."
"1","Talks resume","Ministers meet again in the capital"
"2","Late goal wins final","The striker scored"
"4","New chip announced","Faster processors, says the maker"
"4","Comet seen","A telescope found it"
`

func TestReadCSVText(t *testing.T) {
	for _, name := range []string{"news.csv", "news.csv.gz"} {
		data, err := ReadCSVText(writeFile(t, []byte(tinyNews), t.TempDir(), name), Text{})
		if err != nil {
			t.Fatal(err)
		}
		if data.Len() != 5 || data.Dim() != 2048 || !slices.Equal(data.Labels, []int{2, 0, 1, 3, 3}) {
			t.Errorf("%s: got %v with labels %v", name, data, data.Labels)
		}
		for i := range data.Len() {
			if norm := mat.Norm(mat.NewVecDense(2048, data.Row(nil, i)), 2); math.Abs(norm-1) > 1e-14 {
				t.Errorf("%s: text %d has norm %v", name, i, norm)
			}
		}
	}
}

func TestTextOptions(t *testing.T) {
	path := writeFile(t, []byte("a,red apple\nb,green apple apple apple\n"), t.TempDir(), "x.csv")
	data := Must(ReadCSVText(path, Text{Dim: 1 << 16, Mean: true}))
	sorted := func(i int) []float64 {
		var values []float64
		for _, v := range data.Row(nil, i) {
			if v != 0 {
				values = append(values, math.Abs(v))
			}
		}
		slices.Sort(values)
		return values
	}
	if got := sorted(0); !slices.Equal(got, []float64{0.5, 0.5}) {
		t.Errorf("mean of two words has %v", got)
	}
	if got := sorted(1); !slices.Equal(got, []float64{0.25, 0.75}) {
		t.Errorf("mean of four words has %v", got)
	}
	if !slices.Equal(data.ClassNames, []string{"a", "b"}) {
		t.Errorf("classes %v", data.ClassNames)
	}
	data = Must(ReadCSVText(path, Text{Dim: 1 << 16, Pairs: true}))
	if got := sorted(0); len(got) != 3 {
		t.Errorf("two words and their pair have %v", got)
	}
	// The common word has a smaller weight than the rare one.
	data = Must(ReadCSVText(path, Text{Dim: 1 << 16}))
	rare, common := 1+math.Log(3./2), 1.0
	want := []float64{common / math.Hypot(rare, common), rare / math.Hypot(rare, common)}
	for j, v := range sorted(0) {
		if math.Abs(v-want[j]) > 1e-15 {
			t.Errorf("TF-IDF has %v, want %v", v, want[j])
		}
	}
}

func TestClassOrder(t *testing.T) {
	for _, test := range []struct{ file, want string }{
		{"10,a b\n9,c d\n", "9 10"},
		{"Class Index,Title\n2,one\n1,two\n", "1 2"}, // with a header
		{"x,one\n10,two\nz,three\n", "10 x z"},
		{"10.0,a b\n3.0,c d\n3,e f\n", "3 10"},
		{"2.5,a b\n10,c d\n0.5,e\n", "0.5 10 2.5"}, // names
		{"label,text\nsport,a b\nnews,c d\n", "news sport"},
		{"\ufeffLabel,text\n1,a b\n2,c d\n", "1 2"},
		{"\ufeff2,a b\n1,c d\n", "1 2"},
		{"text,label\na b,sport\nc d,news\n", "news sport"},
		{"y,one\ny,two\nx,three\n", "x y"}, // no header: y is a class
	} {
		data, err := ReadCSVText(writeFile(t, []byte(test.file), t.TempDir(), "x.csv"), Text{})
		if err != nil || strings.Join(data.ClassNames, " ") != test.want {
			t.Errorf("%q: classes %v, %v", test.file, data, err)
		}
	}
}

// TestReadTSVText checks that tabs separate and quotes are text, and that a column of
// classes that is not the first gives the same vectors.
func TestReadTSVText(t *testing.T) {
	dir := t.TempDir()
	want := Must(ReadCSVText(writeFile(t, []byte("1,red apple\n2,a green one\n"), dir, "x.csv"), Text{Dim: 64}))
	for name, file := range map[string]string{
		"x.tsv":    "1\t\"red\" apple\n2\ta \"green one\n",
		"x.tsv.gz": "label\ttext\n1\tred apple\n2\ta green one\n",
		"y.tsv":    "1\t\"red\"\"apple\"\n2\ta green one\n",
		"y.csv":    "text,label\nred apple,1\na green one,2\n",
	} {
		got, err := ReadCSVText(writeFile(t, []byte(file), dir, name), Text{Dim: 64})
		if err != nil {
			t.Error(err)
		} else if !slices.Equal(got.Labels, want.Labels) || !mat.Equal(got.X(), want.X()) {
			t.Errorf("%s: labels %v, other vectors or labels than %v", name, got.Labels, want.Labels)
		}
	}
}

func TestReadCSVTextBad(t *testing.T) {
	for _, test := range []struct{ name, file, want string }{
		{"empty", "", "no samples"},
		{"one column", "1,text\n2\n", "record 2 has 1 column;"},
		{"tabs", "1\ttext\n2\tmore\n", "record 1 has 1 column; a class and a text are needed, separated by a comma, or by a tab in a file .tsv"},
		{"short", "text,label\na b\n,c,1\n", "record 2 has 1 column;"},
		{"no class", "a,b,label\n1,2\n", "record 1 below the header has 2 columns; the class is in column 3"},
		{"UTF-16", "\xff\xfe1\x00,\x00", "x.csv: the text is UTF-16; save it as UTF-8"},
		{"quote", "1,\"text\n", "x.csv: line"},
		{"one class", "1,text\n1,more\n", "only one class"},
	} {
		_, err := ReadCSVText(writeFile(t, []byte(test.file), t.TempDir(), "x.csv"), Text{})
		expectError(t, test.name, err, test.want)
	}
	_, err := ReadCSVText("nowhere.csv", Text{})
	expectError(t, "missing", err, "nowhere.csv: no such file")
	_, err = ReadCSVText("nowhere.csv", Text{Dim: 1})
	expectError(t, "dimension", err, "dimension 1")
}

func TestAGNews(t *testing.T) {
	dir := tempData(t)
	writeFile(t, []byte(tinyNews), dir, "ag-news", "test.csv.gz")
	data, err := AGNews{Split: "test", PerClass: 1, Text: Text{Dim: 100}}.Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	if data.Len() != 4 || data.Dim() != 100 || data.ClassNames[3] != "Sci/Tech" || data.Name != "AG News test set (5 of 7600), 1 per class" {
		t.Errorf("got %v with classes %v", data, data.ClassNames)
	}
	writeFile(t, []byte("1,a b\n2,c d\n"), dir, "ag-news", "train.csv")
	_, err = AGNews{}.Generate(1)
	expectError(t, "two classes", err, "train.csv: classes [1 2], want the numbers 1 to 4")
}

func TestSparseSamples(t *testing.T) {
	data := Must(ReadCSVText(writeFile(t, []byte(tinyNews), t.TempDir(), "x.csv"), Text{Dim: 50}))
	dense := Must(NewDataset("dense", mat.DenseCopyOf(data.X()), data.Labels, 4))
	sub, want := Must(data.Subset([]int{4, 2, 1, 0})), Must(dense.Subset([]int{4, 2, 1, 0}))
	if !mat.Equal(sub.X(), want.X()) {
		t.Error("subsets differ")
	}
	if !mat.EqualApprox(data.Standardize().X(), dense.Standardize().X(), 1e-15) {
		t.Error("standardised data differ")
	}
	row, single := make([]float64, 50), make([]float32, 50)
	data.samples.Row(row, 3)
	data.samples.Row32(single, 3)
	for j, v := range row {
		if single[j] != float32(v) {
			t.Errorf("feature %d is %v in float32 and %v in float64", j, single[j], v)
		}
	}
}

func TestAGNewsReal(t *testing.T) {
	needRealData(t, "ag-news", "test")
	data, err := AGNews{Split: "test"}.Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	if data.Len() != 7600 || !slices.Equal(data.ClassSizes(), []int{1900, 1900, 1900, 1900}) {
		t.Errorf("got %v with classes of %v", data, data.ClassSizes())
	}
}
