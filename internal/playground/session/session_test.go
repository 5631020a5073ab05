package session

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pnclab/pnc"
)

// run trains to the end and returns the last frame.
func run(t *testing.T, s *Session, parts Parts) *Frame {
	t.Helper()
	if more, err := s.Advance(math.MaxInt, time.Hour); more || err != nil {
		t.Fatal(more, err)
	}
	f, err := s.Frame(parts)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestExperiment checks that a session, in slices, is the experiment that pnc runs.
func TestExperiment(t *testing.T) {
	t.Setenv("PNC_CACHE", "off")
	for _, change := range []func(*Config){
		func(*Config) {},
		func(c *Config) { c.Net, c.Depth, c.Scale, c.Alpha, c.Epochs = "mlp", 5, 0.1, 1, 30 },
		func(c *Config) {
			c.Net, c.BatchNorm, c.Alpha, c.Loss, c.Epochs = "hybrid", false, 1, "cross-entropy", 30
		},
		func(c *Config) {
			c.Data, c.Classes, c.PerClass, c.Alpha, c.LearningRate, c.Epochs = "digits", 4, 5, 1, 0.001, 20
		},
		func(c *Config) { c.Data, c.Seed, c.Width, c.Epochs = "blobs", 3, 30, 50 },
	} {
		c := Default()
		change(&c)
		s, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		for {
			more, err := s.Advance(7, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			if !more {
				break
			}
		}
		f, err := s.Frame(Parts{})
		if err != nil {
			t.Fatal(err)
		}
		e, err := c.Experiment()
		if err != nil {
			t.Fatal(err)
		}
		o, err := e.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if f.Epoch != o.Result.Epochs || f.Loss != o.Result.Loss || !slices.Equal(f.C, o.Evaluation.C()) || !slices.Equal(f.D, o.Evaluation.D()) {
			t.Errorf("%+v:\nC %v, of the experiment %v", c, f.C, o.Evaluation.C())
		}
		if law := s.Theory(); (law != nil) != (c.Net == "linear" && c.Loss == "mse") {
			t.Errorf("%s network, %s: closed form %v", c.Net, c.Loss, law)
		}
	}
}

// TestFrames checks that frames report every epoch's loss once, that maps move little
// from one epoch to the next, and that the input stays where it is.
func TestFrames(t *testing.T) {
	s, err := New(Default())
	if err != nil {
		t.Fatal(err)
	}
	before, err := s.Frame(Parts{Maps: true, Spectrum: true})
	if err != nil {
		t.Fatal(err)
	}
	if before.Epoch != 0 || !math.IsNaN(before.Loss) || len(before.Maps) != 6 || len(before.Spectra) != 6 {
		t.Errorf("epoch %d, loss %v, %d maps, %d spectra before training", before.Epoch, before.Loss, len(before.Maps), len(before.Spectra))
	}
	// Orthogonal initial weights have one singular value.
	for l, values := range before.Spectra {
		if v := values[len(values)-1]; math.Abs(values[0]-0.3) > 1e-14 || math.Abs(v-0.3) > 1e-14 {
			t.Errorf("W_%d has singular values from %v to %v, want .3", l+1, values[0], v)
		}
	}
	losses := 0
	for more := true; more; {
		if more, err = s.Advance(1, time.Hour); err != nil {
			t.Fatal(err)
		}
		f, err := s.Frame(Parts{Maps: true})
		if err != nil {
			t.Fatal(err)
		}
		losses += len(f.Losses)
		for l, m := range f.Maps {
			// Means turn with the classes they belong to; a flip would be twice their
			// distance from the middle, which is 1.
			var moved float64
			for i := range s.Data.Labels {
				moved += math.Hypot(m.At(i, 0)-before.Maps[l].At(i, 0), m.At(i, 1)-before.Maps[l].At(i, 1)) / float64(s.Data.Len())
			}
			reach := math.Sqrt(f.C[l]) + 1
			if l == 0 && moved != 0 || moved > reach/2 {
				t.Errorf("from epoch %d to %d samples of layer %d move by %.3g on average, of %.3g", before.Epoch, f.Epoch, l, moved, reach)
			}
		}
		before = f
	}
	if losses != before.Epoch || before.Epoch != 60 {
		t.Errorf("%d losses for %d epochs", losses, before.Epoch)
	}
}

// TestDiverges checks that a run whose loss explodes ends with a status and a frame
// without a map.
func TestDiverges(t *testing.T) {
	c := Default()
	c.Common, c.LearningRate = 1, 0.5
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	f := run(t, s, Parts{Maps: true, Spectrum: true})
	if f.Status != pnc.Diverged || f.Maps != nil || len(f.Spectra) != c.Depth {
		t.Errorf("status %v, %d maps, %d spectra", f.Status, len(f.Maps), len(f.Spectra))
	}
}

// TestNewTakesData checks that data are generated anew only where they differ.
func TestNewTakesData(t *testing.T) {
	first, err := New(Default())
	if err != nil {
		t.Fatal(err)
	}
	c := Default()
	c.Scale = 0.2
	second, err := New(c, nil, first)
	if err != nil {
		t.Fatal(err)
	}
	c.Noise = 0.5
	third, err := New(c, first, second)
	if err != nil {
		t.Fatal(err)
	}
	if second.Data != first.Data || third.Data == first.Data {
		t.Errorf("the same data: %t, want true; other data: %t, want true", second.Data == first.Data, third.Data != first.Data)
	}
}

// TestBadConfigs checks that an impossible configuration is an error that says why.
func TestBadConfigs(t *testing.T) {
	for text, change := range map[string]func(*Config){
		`unknown data "none"`:   func(c *Config) { c.Data = "none" },
		`unknown network "cnn"`: func(c *Config) { c.Net = "cnn" },
		`unknown loss "hinge"`:  func(c *Config) { c.Loss = "hinge" },
		"cannot be orthonormal": func(c *Config) { c.Dim = 20 },
		"at least 2":            func(c *Config) { c.Depth = 1 },
	} {
		c := Default()
		change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("error %v, want one with %q", err, text)
		}
	}
}

// TestGoCode runs the cells of Go and compares what they print with what the page
// shows. Both train natively, and their numbers are the same.
func TestGoCode(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles programs")
	}
	var program, want strings.Builder
	program.WriteString("package main\n\nimport (\n\t\"context\"\n\t\"fmt\"\n\n\t\"pnclab/pnc\"\n)\n\nvar _ = context.Background\n\nfunc main() {\n")
	for _, test := range []struct {
		epochs int
		change func(*Config)
	}{
		{60, func(*Config) {}},
		{0, func(c *Config) { c.Common = 0.5 }},
		{12, func(c *Config) { c.Net, c.Depth, c.Scale, c.Alpha, c.Momentum = "mlp", 4, 0.1, 1, 0.5 }},
		{9, func(c *Config) { c.Net, c.BatchNorm, c.Alpha, c.Loss = "hybrid", false, 1, "cross-entropy" }},
		{5, func(c *Config) { c.Net, c.Data, c.Alpha, c.Seed = "hybrid", "gaussian", 1, 4 }},
		{5, func(c *Config) { c.Data, c.Width, c.PerClass = "blobs", 30, 7 }},
		{3, func(c *Config) { c.Data, c.Classes, c.Alpha, c.LearningRate = "digits", 4, 1, 0.001 }},
	} {
		c := Default()
		test.change(&c)
		code, err := c.GoCode(test.epochs)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&program, "\tfunc() {\n%s\t}()\n", code)
		s, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		if test.epochs > 0 {
			if _, err := s.Advance(test.epochs, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		f, err := s.Frame(Parts{})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&want, "C", f.C)
		fmt.Fprintln(&want, "D", f.D)
		if law := s.Theory(); law != nil {
			fmt.Fprintln(&want, "closed form", law.C(), law.D())
		}
	}
	program.WriteString("}\n")
	dir, err := os.MkdirTemp(".", "_gocode-") // in the module, to import pnc; ./... passes over it
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "run", "./"+dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, program.String())
	}
	// The number of epochs has a say in which exact method pays, and methods differ in
	// rounding: after 60 epochs by less than 10⁻¹¹.
	got, expected := strings.Fields(string(out)), strings.Fields(want.String())
	if len(got) != len(expected) {
		t.Fatalf("the cells print\n%swant\n%s", out, want.String())
	}
	for i := range got {
		a, errA := strconv.ParseFloat(strings.Trim(got[i], "[]"), 64)
		b, errB := strconv.ParseFloat(strings.Trim(expected[i], "[]"), 64)
		if (errA != nil || errB != nil) && got[i] != expected[i] || math.Abs(a-b) > 1e-11*math.Abs(b) {
			t.Errorf("the cells print %s, want %s in\n%s", got[i], expected[i], want.String())
		}
	}
}
