package elementary

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// ulps returns the distance of got and want in units of the last place of want.
func ulps(got, want float64) float64 {
	_, e := math.Frexp(want)
	return math.Abs(got-want) / math.Ldexp(1, max(e, -1021)-53)
}

// Package math is another implementation, with an error below 1 unit.
func TestExp(t *testing.T) {
	const seed = 1
	rnd := rand.New(rand.NewPCG(seed, 0))
	var worst float64
	for range 500_000 {
		x := 1400*rnd.Float64() - 700
		if rnd.IntN(2) == 0 {
			x = math.Ldexp(rnd.Float64()-.5, -rnd.IntN(60))
		}
		d := ulps(Exp(x), math.Exp(x))
		if worst = max(worst, d); d > 3 {
			t.Fatalf("seed %d: Exp(%v) = %v, math has %v", seed, x, Exp(x), math.Exp(x))
		}
	}
	t.Logf("at most %v units away from package math", worst)
	for x, want := range map[float64]float64{
		0: 1, 710: math.Inf(1), 1e300: math.Inf(1), math.Inf(1): math.Inf(1), math.Inf(-1): 0, -746: 0, -1e300: 0,
		// from the C library, by way of Python; package math has +Inf for the last on amd64
		-745: 5e-324, -720: 2.0322308024e-313, 709.7: 1.6549840276802644e+308,
	} {
		if got := Exp(x); got != want && ulps(got, want) > 3 {
			t.Errorf("Exp(%v) = %v, want %v", x, got, want)
		}
	}
	if !math.IsNaN(Exp(math.NaN())) {
		t.Error("Exp(NaN) is a number")
	}
}

func TestLog(t *testing.T) {
	const seed = 2
	rnd := rand.New(rand.NewPCG(seed, 0))
	var worst float64
	for range 500_000 {
		x := math.Ldexp(1+rnd.Float64(), rnd.IntN(2046)-1022)
		if rnd.IntN(2) == 0 {
			x = .5 + rnd.Float64()
		}
		got, want := Log(x), math.Log(x)
		d := min(ulps(got, want), math.Abs(got-want)/0x1p-52*3)
		if worst = max(worst, d); d > 3 {
			t.Fatalf("seed %d: Log(%v) = %v, math has %v", seed, x, got, want)
		}
	}
	t.Logf("at most %v units away from package math", worst)
	for x, want := range map[float64]float64{1: 0, 0: math.Inf(-1), math.Inf(1): math.Inf(1),
		// from the C library; package math is wrong for such small numbers on amd64
		5e-324: -744.4400719213812,
	} {
		if got := Log(x); got != want {
			t.Errorf("Log(%v) = %v, want %v", x, got, want)
		}
	}
	if !math.IsNaN(Log(-1)) || !math.IsNaN(Log(math.NaN())) {
		t.Error("Log of -1 or NaN is a number")
	}
}

func TestPow(t *testing.T) {
	const seed = 3
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 100_000 {
		x, y := math.Exp(20*rnd.Float64()-10), 12*rnd.Float64()
		if rnd.IntN(3) == 0 {
			y = math.Round(y)
		}
		// The bound of Pow and the unit that package math may be off.
		tolerance := (5 + y + math.Abs(math.Log(x))) * 0x1p-52
		if got, want := Pow(x, y), math.Pow(x, y); math.Abs(got-want) > tolerance*want {
			t.Fatalf("seed %d: Pow(%v, %v) = %v, math has %v", seed, x, y, got, want)
		}
	}
	if Pow(0, 0) != 1 || Pow(0, 2.5) != 0 || Pow(3, 4) != 81 || Pow(4, .5) != 2 {
		t.Error("0⁰, 0^2.5, 3⁴ or √4 is wrong:", Pow(0, 0), Pow(0, 2.5), Pow(3, 4), Pow(4, .5))
	}
	if !math.IsNaN(Pow(-1, .5)) || !math.IsNaN(Pow(2, -1)) || !math.IsNaN(Pow(math.NaN(), 1)) || Pow(-2, 3) != -8 {
		t.Error("powers of negative numbers or by them are wrong")
	}
}

// ln2High and ln2Low add up to ln 2 = -ln(1/2) = Σ 2⁻ⁿ/n, and ln2High has the zeros
// that make its multiples exact.
func TestLn2(t *testing.T) {
	sum := new(big.Float).SetPrec(200)
	for n := int64(1); n < 200; n++ {
		term := new(big.Float).SetPrec(200).SetMantExp(big.NewFloat(1).SetPrec(200), -int(n))
		sum.Add(sum, term.Quo(term, big.NewFloat(float64(n))))
	}
	sum.Sub(sum, big.NewFloat(ln2High))
	if rest, _ := sum.Float64(); rest != ln2Low {
		t.Errorf("ln 2 - ln2High = %x, not %x", rest, ln2Low)
	}
	if math.Float64bits(ln2High)<<43 != 0 {
		t.Errorf("%x has more than 32 bits", ln2High)
	}
}

func BenchmarkExp(b *testing.B) {
	x := 0.0
	for b.Loop() {
		x = Exp(x) - 1.25
	}
}
