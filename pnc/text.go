package pnc

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"pnclab/pnc/internal/files"
	"pnclab/pnc/internal/samples"
	"pnclab/pnc/internal/words"
)

// AGNews is the set of news items of Zhang, Zhao and LeCun (2015) in K = 4
// classes, World, Sports, Business and Sci/Tech: 120,000 training and 7,600 test
// items, each a title and a description, as the vectors that [Text] describes. Its
// files train.csv and test.csv, compressed or not, are searched for in a folder
// ag-news as [Available] describes and downloaded (29 and 2 MB) if they are missing;
// PNC_OFFLINE=1 disables downloads.
type AGNews struct {
	// Split is "train" or "test"; empty means "train".
	Split string
	// PerClass is the number of items of every class, drawn at random with the
	// seed; 0 means all.
	PerClass int
	// Text says how texts become vectors. The number of items with a word is counted
	// over the whole split, regardless of PerClass.
	Text Text
}

// Text says how a text becomes a vector. The zero value means TF-IDF of its
// words, hashed to 2048 features, with norm 1.
//
// The networks here take vectors of fixed dimension, so a text must become one
// without a trained model. Hashing needs no vocabulary: the vector of a text depends
// only on the text and, through the weights, on the number of texts that share its
// words, and is the same on every machine. With f_j the signed count of the words
// that hash to feature j, n the number of texts and n_j the number of texts with
// feature j, TF-IDF is
//
//	x_j ∝ sign(f_j)·(1 + ln|f_j|)·(1 + ln((1+n)/(1+n_j))),  ‖x‖ = 1
//
// It damps words that occur in most texts, which would otherwise dominate the norm,
// and makes the measures independent of text length. On the AG News test set, a
// linear classifier fitted to three quarters classifies 83 % of the rest correctly,
// both with TF-IDF and with Mean, and 77 % with Pairs, for which 2048 features are
// too few.
type Text struct {
	// Dim is the dimension; 0 means 2048. Words that hash to the same feature are
	// indistinguishable.
	Dim int
	// Pairs uses pairs of neighbouring words in addition to words.
	Pairs bool
	// Mean uses f_j divided by the number of words, the mean of the words as one-hot
	// vectors, instead of TF-IDF.
	Mean bool
}

// Generate reads the items, converts them to vectors and selects from them.
func (s AGNews) Generate(seed int) (*Dataset, error) {
	data, err := s.Load(context.Background())
	if err != nil {
		return nil, err
	}
	return data.selected(selection{PerClass: s.PerClass}, seed)
}

// Load reads all items of the split. Cancelling ctx aborts a download.
func (s AGNews) Load(ctx context.Context) (*Dataset, error) {
	d := agNews()
	d.read = func(_ part, paths []string) (*Dataset, error) { return readNews(paths[0], s.Text) }
	return d.load(ctx, s.Split)
}

// Fingerprint identifies the contents of the files.
func (s AGNews) Fingerprint() (string, error) { return agNews().fingerprint(s.Split) }

// readNews reads a file of AG News, whose classes are the numbers 1 to 4.
func readNews(path string, t Text) (*Dataset, error) {
	names := []string{"World", "Sports", "Business", "Sci/Tech"}
	data, err := ReadCSVText(path, t)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(data.ClassNames, []string{"1", "2", "3", "4"}) {
		return nil, fmt.Errorf("%s: classes [%.100s], want the numbers 1 to 4", path, strings.Join(data.ClassNames[:min(9, data.K())], " "))
	}
	data.ClassNames = names
	return data, nil
}

// ReadCSVText reads texts from a file of comma-separated values, compressed with
// gzip or not, or of values separated by tabs, with or without quotes, if its name
// ends in .tsv. The first column is the class, by number or by name, and the others are the text. Classes are
// ordered by number if all are whole numbers, of which 3.0 is one, and by name
// otherwise.
//
// The first line is a header if one of its columns has a name of labels, such as
// "label" or "y", that no line has as class below it; this column is the class then,
// the first or not. It is also one if its class is not a number but all others are.
//
// ReadCSVText returns an error that names the file and line if a record is malformed.
func ReadCSVText(path string, t Text) (*Dataset, error) {
	if t.Dim == 0 {
		t.Dim = 2048
	}
	if t.Dim < 2 {
		return nil, fmt.Errorf("%s: dimension %d for texts; at least 2 are needed", path, t.Dim)
	}
	file := &csvFile{path: path}
	if err := file.scan(); err != nil {
		return nil, err
	}
	labels, names, rows, err := file.vectors(t)
	if err != nil {
		return nil, err
	}
	if t.Mean {
		words.Mean(rows)
	} else {
		words.TFIDF(rows, t.Dim)
	}
	return newDataset(path, samples.Sparse{Vectors: rows, Dim: t.Dim}, labels, names)
}

func columns(record []string) string {
	if len(record) == 1 {
		return "1 column"
	}
	return fmt.Sprintf("%d columns", len(record))
}

// labelNames are the names of arrays and columns that are labels, in any case.
var labelNames = []string{"labels", "label", "targets", "target", "y_true", "y"}

func isLabelName(name string) bool {
	return slices.Contains(labelNames, strings.ToLower(name))
}

// className returns a class as it is compared: whole numbers without the decimals that
// programs for tables write.
func className(s string) string {
	s = strings.TrimSpace(s)
	if number, zeros, ok := strings.Cut(s, "."); ok && isNumber(number) && strings.Trim(zeros, "0") == "" {
		return number
	}
	return s
}

// longestLabel bounds labels, which are names of classes in messages and tables.
const longestLabel = 1000

// checkLabel returns an error if text is no label that can be printed on a line.
func checkLabel(s string) error {
	switch {
	case len(s) > longestLabel:
		return fmt.Errorf("a label of %d bytes, which begins with %.60q; is another column the label?", len(s), s)
	case strings.ContainsFunc(s, unicode.IsControl) || !utf8.ValidString(s):
		return fmt.Errorf("label %.60q has control characters; write it without", s)
	}
	return nil
}

// sortClasses sorts the names of classes: by number if all are whole numbers.
func sortClasses(names []string) {
	if slices.ContainsFunc(names, func(c string) bool { return !isNumber(c) }) {
		slices.Sort(names)
		return
	}
	slices.SortFunc(names, func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a, b))
	})
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

// agNews returns the set of news items of Zhang, Zhao and LeCun.
func agNews() publicData {
	return publicData{
		name: "ag-news", title: "AG News",
		parts: []part{
			{"train", "training set", 120000, []files.File{
				newsFile("train.csv", 29470338, "76a0a2d2f92b286371fe4d4044640910a04a803fdd2538e0f3f29a5c6f6b672e"),
			}},
			{"test", "test set", 7600, []files.File{
				newsFile("test.csv", 1857427, "521465c2428ed7f02f8d6db6ffdd4b5447c1c701962353eb2c40d548c3c85699"),
			}},
		},
		read: func(_ part, paths []string) (*Dataset, error) { return readNews(paths[0], Text{}) },
	}
}

func newsFile(name string, size int64, sum string) files.File {
	return files.File{Name: name, Size: size, SHA256: sum, URLs: []string{
		"https://raw.githubusercontent.com/mhjabreel/CharCnn_Keras/555590db4219b1243abb1918effd6a7425a2d75f/data/ag_news_csv/" + name,
	}}
}
