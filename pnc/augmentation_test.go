package pnc

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/samples"
)

// TestAugmentationDraws counts moves: all of them come, equally often.
func TestAugmentationDraws(t *testing.T) {
	const seed, draws = 3, 40000
	data := randomImages(Shape{1, 6, 6}, draws, 2, seed)
	set := samples.NewAugmented(data.samples.(samples.Pixels))
	batch := make([]int, draws)
	for i := range batch {
		batch[i] = i
	}
	Augmentation{Flip: true, Crop: 2}.draw(set, batch, rand.New(rand.NewPCG(seed, 0)))
	counts := map[samples.Move]int{}
	for i := range batch {
		counts[set.Move(i)]++
	}
	// Each of 50 moves has p = 1/50: a standard deviation of √(Np(1-p)), and five of them
	// are exceeded once in two million.
	p := 1.0 / 50
	mean, deviation := draws*p, math.Sqrt(draws*p*(1-p))
	if len(counts) != 50 {
		t.Errorf("seed %d: %d moves, want 50", seed, len(counts))
	}
	for m, n := range counts {
		if math.Abs(float64(n)-mean) > 5*deviation {
			t.Errorf("seed %d: %+v came %d times of %d, want %.0f ± %.0f", seed, m, n, draws, mean, deviation)
		}
	}
}

// TestAugmentationSteps trains with weights that hardly move: what changes from epoch to
// epoch are the images. Images that are their own mirror image stay as they are.
func TestAugmentationSteps(t *testing.T) {
	data := randomImages(Shape{2, 6, 6}, 12, 2, 1)
	losses := func(data *Dataset, a Augmentation, batch int) []float64 {
		net := ConvNet(4, 1, MLP(2, 5)).Build(data, KaimingNormal(), 1)
		r := Must(Train(t.Context(), net, data, &Settings{LearningRate: 1e-300, Batch: batch, Epochs: 3, Augmentation: a}))
		return r.History.Loss
	}
	for _, batch := range []int{0, 6} {
		plain, moved := losses(data, Augmentation{}, batch), losses(data, Augmentation{Flip: true, Crop: 1}, batch)
		if batch == 0 && (plain[0] != plain[1] || plain[1] != plain[2]) {
			t.Errorf("batch %d: without augmentation the losses are %v", batch, plain)
		}
		if moved[0] == moved[1] || moved[1] == moved[2] || moved[0] == plain[0] {
			t.Errorf("batch %d: with augmentation the losses are %v, without %v", batch, moved, plain)
		}
	}
	palindromes := randomImages(Shape{2, 6, 6}, 12, 2, 1)
	pixels := palindromes.samples.(samples.Pixels).Bytes()
	for row := range slices.Chunk(pixels, 6) {
		copy(row[3:], []uint8{row[2], row[1], row[0]})
	}
	// Where a row of pixels begins differs by a rounding, which four layers carry on to the
	// loss; a wrong pixel changes it by thousandths.
	plain, flipped := losses(palindromes, Augmentation{}, 0), losses(palindromes, Augmentation{Flip: true}, 0)
	for i := range plain {
		if math.Abs(flipped[i]/plain[i]-1) > 1e-13 {
			t.Errorf("images that are their own mirror image: losses %v, without augmentation %v", flipped, plain)
		}
	}
}

// TestAugmentationResumes stops between two steps of an epoch and goes on with the same
// bits, on any number of threads.
func TestAugmentationResumes(t *testing.T) {
	data := randomImages(Shape{3, 8, 8}, 40, 2, 1)
	for _, p := range []Precision{Float64, Float32} {
		trainer := func() *Trainer {
			net := ConvNet(4, 1, MLP(2, 5)).Build(data, KaimingNormal(), 1)
			return Must(NewTrainer(net, data, &Settings{LearningRate: 0.01, Batch: 16, Epochs: 3, Precision: p, Augmentation: Augmentation{Flip: true, Crop: 3}}))
		}
		whole := trainer()
		for whole.Step() {
		}
		file := filepath.Join(t.TempDir(), "checkpoint")
		first := trainer()
		for range 4 {
			first.Step()
		}
		if err := first.Save(file); err != nil {
			t.Fatal(err)
		}
		second := trainer()
		if err := second.Resume(file); err != nil {
			t.Fatal(err)
		}
		func() {
			defer gemm.SetThreads(gemm.SetThreads(1))
			for second.Step() {
			}
		}()
		if a, b := whole.Network().checksum(), second.Network().checksum(); a != b || whole.Result().Loss != second.Result().Loss {
			t.Errorf("%v: resumed: loss %v, want %v; weights %x, want %x", p, second.Result().Loss, whole.Result().Loss, b, a)
		}
		other := Must(NewTrainer(ConvNet(4, 1, MLP(2, 5)).Build(data, KaimingNormal(), 1), data, &Settings{LearningRate: 0.01, Batch: 16, Epochs: 3, Precision: p}))
		if err := other.Resume(file); err == nil {
			t.Errorf("%v: a run without augmentation resumes one with it", p)
		}
	}
}

func TestAugmentationErrors(t *testing.T) {
	images := randomImages(Shape{1, 6, 6}, 12, 2, 1)
	matrix := Must(Blobs{Classes: 2, PerClass: 6, Dim: 36}.Generate(1))
	for _, test := range []struct {
		name string
		data *Dataset
		s    Settings
		want string
	}{
		{"no images", matrix, Settings{Augmentation: Augmentation{Flip: true}}, "is for images"},
		{"nothing left", images, Settings{Augmentation: Augmentation{Crop: 6}}, "0 to 5"},
		{"negative", images, Settings{Augmentation: Augmentation{Crop: -1}}, "0 to 5"},
		{"chain", images, Settings{Augmentation: Augmentation{Flip: true}, Method: Chain}, "use Auto"},
		{"reduced", images, Settings{Augmentation: Augmentation{Flip: true}, Method: Reduced}, "use Auto"},
	} {
		net := Linear(2, 36).Build(test.data, Orthogonal(0.3), 1)
		if _, err := NewTrainer(net, test.data, &test.s); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
	}
	// A linear network, for which other methods would be faster.
	net := Linear(3, 36).Build(images, Orthogonal(0.3), 1)
	run := Must(NewTrainer(net, images, &Settings{Augmentation: Augmentation{Flip: true}}))
	if m := run.Result().Method; m != Full {
		t.Errorf("method %v, want full", m)
	}
}
