//go:build !js

package pnc

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// What follows computes every quantity from its definition, with 500 bits, of features
// that count as exact, and how far float64 may be off.

const exactBits = 500

func exactly(v float64) *big.Float { return new(big.Float).SetPrec(exactBits).SetFloat64(v) }
func plus(a, b *big.Float) *big.Float {
	return new(big.Float).SetPrec(exactBits).Add(a, b)
}
func minus(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(exactBits).Sub(a, b) }
func times(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(exactBits).Mul(a, b) }
func over(a, b *big.Float) *big.Float  { return new(big.Float).SetPrec(exactBits).Quo(a, b) }
func root(a *big.Float) *big.Float {
	if a.Sign() <= 0 {
		return exactly(0)
	}
	return new(big.Float).SetPrec(exactBits).Sqrt(a)
}

func rounded(a *big.Float) float64 { v, _ := a.Float64(); return v }

// vector is a vector, or a row of a matrix.
type vector []*big.Float

func zeros(n int) vector {
	v := make(vector, n)
	for i := range v {
		v[i] = exactly(0)
	}
	return v
}

func vectorOf(x []float64) vector {
	v := make(vector, len(x))
	for i, a := range x {
		v[i] = exactly(a)
	}
	return v
}

func (v vector) dot(w vector) *big.Float {
	s := exactly(0)
	for i := range v {
		s = plus(s, times(v[i], w[i]))
	}
	return s
}

func (v vector) square() *big.Float { return v.dot(v) }
func (v vector) norm() *big.Float   { return root(v.square()) }

// add returns v + f w.
func (v vector) add(f *big.Float, w vector) vector {
	out := make(vector, len(v))
	for i := range v {
		out[i] = plus(v[i], times(f, w[i]))
	}
	return out
}

func (v vector) sub(w vector) vector { return v.add(exactly(-1), w) }

// eigenvalues returns the eigenvalues of the symmetric matrix a, which it overwrites, in
// descending order, with their eigenvectors, by rotations of Jacobi (1846).
func eigenvalues(a []vector) (values []*big.Float, vectors []vector) {
	n := len(a)
	v := make([]vector, n)
	for i := range v {
		v[i] = zeros(n)
		v[i][i] = exactly(1)
	}
	for range 40 {
		off, diagonal := exactly(0), exactly(0)
		for i := range n {
			diagonal = plus(diagonal, times(a[i][i], a[i][i]))
			for j := range i {
				off = plus(off, times(a[i][j], a[i][j]))
			}
		}
		if off.Sign() == 0 || off.MantExp(nil) < diagonal.MantExp(nil)-700 {
			break
		}
		for p := range n {
			for q := p + 1; q < n; q++ {
				if a[p][q].Sign() == 0 {
					continue
				}
				theta := over(minus(a[q][q], a[p][p]), times(exactly(2), a[p][q]))
				t := over(exactly(1), plus(new(big.Float).Abs(theta), root(plus(times(theta, theta), exactly(1)))))
				if theta.Sign() < 0 {
					t.Neg(t)
				}
				c := over(exactly(1), root(plus(times(t, t), exactly(1))))
				s := times(t, c)
				for i := range n {
					x, y := a[i][p], a[i][q]
					a[i][p], a[i][q] = minus(times(c, x), times(s, y)), plus(times(s, x), times(c, y))
				}
				for i := range n {
					x, y := a[p][i], a[q][i]
					a[p][i], a[q][i] = minus(times(c, x), times(s, y)), plus(times(s, x), times(c, y))
					x, y = v[i][p], v[i][q]
					v[i][p], v[i][q] = minus(times(c, x), times(s, y)), plus(times(s, x), times(c, y))
				}
			}
		}
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return a[j][j].Cmp(a[i][i]) })
	for _, i := range order {
		values = append(values, a[i][i])
		column := make(vector, n)
		for r := range n {
			column[r] = v[r][i]
		}
		vectors = append(vectors, column)
	}
	return values, vectors
}

// gramOf returns Σ w_i z_i z_iᵀ.
func gramOf(rows []vector, weight func(i int) *big.Float) []vector {
	d := len(rows[0])
	g := make([]vector, d)
	for r := range g {
		g[r] = zeros(d)
		for c := range g[r] {
			for i, z := range rows {
				g[r][c] = plus(g[r][c], times(weight(i), times(z[r], z[c])))
			}
		}
	}
	return g
}

// bound is how far a quantity may be off, relatively or absolutely.
type bound struct{ relative, absolute float64 }

// exactValue is a quantity and how far float64 may be off from it.
type exactValue struct {
	value float64
	bound
}

// exactMeasures returns all quantities of features that are stored in float64, for
// unweighted classes as published, and the bounds that the documentation of LayerMeasures
// states, with its symbols: e is what a class mean may be off by.
func exactMeasures(x *mat.Dense, labels []int, classes int, classifier *mat.Dense) map[string]exactValue {
	const u = unit64
	n, d := x.Dims()
	k := classes
	count := make([]float64, k)
	z := make([]vector, n)
	mean := make([]vector, k)
	for c := range mean {
		mean[c] = zeros(d)
	}
	global := zeros(d)
	for i := range n {
		z[i] = vectorOf(x.RawRowView(i))
		count[labels[i]]++
		mean[labels[i]] = mean[labels[i]].add(exactly(1), z[i])
		global = global.add(exactly(1), z[i])
	}
	for c := range mean {
		mean[c] = zeros(d).add(over(exactly(1), exactly(count[c])), mean[c])
	}
	global = zeros(d).add(over(exactly(1), exactly(float64(n))), global)
	centre := zeros(d)
	for c := range mean {
		centre = centre.add(over(exactly(1), exactly(float64(k))), mean[c])
	}
	within := make([]vector, n) // z_i - μ_{y_i}
	m2 := zeros(k)
	var size, deviation float64
	for i := range n {
		within[i] = z[i].sub(mean[labels[i]])
		m2[labels[i]] = plus(m2[labels[i]], within[i].square())
		size = max(size, rounded(z[i].norm()))
		deviation = max(deviation, rounded(within[i].norm()))
	}
	traceW := exactly(0)
	for c := range m2 {
		traceW = plus(traceW, m2[c])
	}
	traceW = over(traceW, exactly(float64(n)))
	about := func(c vector) (out []vector, lengths []float64) {
		for i := range mean {
			out = append(out, mean[i].sub(c))
			lengths = append(lengths, rounded(out[i].norm()))
		}
		return out, lengths
	}
	aboutGlobal, _ := about(global)
	centred, lengths := about(centre)
	traceB, traceWeighted := exactly(0), exactly(0)
	for c := range mean {
		traceB = plus(traceB, over(aboutGlobal[c].square(), exactly(float64(k))))
		traceWeighted = plus(traceWeighted, times(over(exactly(count[c]), exactly(float64(n))), aboutGlobal[c].square()))
	}
	apart, nearest := 0.0, math.Inf(1) // the largest and the smallest distance of means
	norms := make([]float64, k)
	for i := range mean {
		norms[i] = rounded(mean[i].norm())
		for j := range i {
			dist := rounded(mean[i].sub(mean[j]).norm())
			apart, nearest = max(apart, dist), min(nearest, dist)
		}
	}

	blocks := math.Ceil(slices.Max(count) / 256)
	m := min(256, slices.Max(count))
	dim := float64(d)
	e := u * ((2*blocks+3)*size + (m+float64(k)+8)*(deviation+apart))
	beta, betaWeighted := rounded(root(traceB)), rounded(root(traceWeighted))
	sigma := rounded(root(traceW))
	ofW := 8*(m+dim+10)*u + 2*(blocks-1)*u*size/sigma
	ofB := 4*2*e/beta + (dim+float64(k)+5)*u
	ofWeighted := 4*2*e/betaWeighted + (dim+float64(k)+5)*u
	least := slices.Min(lengths)
	out := map[string]exactValue{}
	set := func(name string, v *big.Float, b bound) { out[name] = exactValue{rounded(v), b} }
	relative := func(r float64) bound { return bound{relative: r} }
	absolute := func(a float64) bound { return bound{absolute: a} }

	set("trSigmaW", traceW, relative(ofW))
	set("trSigmaB", traceB, relative(ofB))
	set("trSigmaBWeighted", traceWeighted, relative(ofWeighted))
	set("C", over(traceW, traceB), relative(ofW+ofB))
	set("NC1quotient", over(traceW, traceWeighted), relative(ofW+ofWeighted))
	total := plus(traceW, traceWeighted)
	set("withinShare", over(traceW, total), relative(ofW+ofWeighted))
	set("betweenShare", over(traceWeighted, total), relative(ofW+ofWeighted))

	cosine := func(a, b vector) *big.Float { return over(a.dot(b), times(a.norm(), b.norm())) }
	discrimination := func(rows []vector, shortest float64) exactValue {
		least := exactly(math.Inf(1))
		for i := range rows {
			for j := range i {
				if v := minus(exactly(1), cosine(rows[i], rows[j])); v.Cmp(least) < 0 {
					least = v
				}
			}
		}
		v := rounded(least)
		return exactValue{v, relative(2*4*e/(shortest*math.Sqrt(2*v)) + (2*dim+20)*u)}
	}
	out["D"] = discrimination(mean, slices.Min(norms))
	out["Dcentred"] = discrimination(centred, least)

	cdnv, pairs := exactly(0), float64(k*(k-1)/2)
	for i := range mean {
		for j := range i {
			variances := plus(over(m2[i], exactly(count[i])), over(m2[j], exactly(count[j])))
			cdnv = plus(cdnv, over(variances, times(exactly(2*pairs), mean[i].sub(mean[j]).square())))
		}
	}
	set("CDNV", cdnv, relative(ofW+2*2*e/nearest+(dim+10)*u))

	simplexDistance := func(rows []vector) *big.Float {
		norm := exactly(0)
		gram := make([]vector, k)
		for i := range rows {
			gram[i] = zeros(k)
			for j := range rows {
				gram[i][j] = rows[i].dot(rows[j])
				norm = plus(norm, times(gram[i][j], gram[i][j]))
			}
		}
		norm = root(norm)
		sum := exactly(0)
		for i := range rows {
			for j := range rows {
				ideal := over(exactly(-1), exactly(float64(k)))
				if i == j {
					ideal = plus(ideal, exactly(1))
				}
				diff := minus(over(gram[i][j], norm), over(ideal, root(exactly(float64(k-1)))))
				sum = plus(sum, times(diff, diff))
			}
		}
		return root(sum)
	}
	// ‖G‖ is at least tr G/√K: relatively, G is off by 2·2e√K/β.
	ofGram := 4*2*e*math.Sqrt(float64(k))/beta + (dim+float64(k*k)+10)*u
	set("NC2", simplexDistance(centred), absolute(ofGram))
	set("NC2global", simplexDistance(aboutGlobal), absolute(ofGram))
	average, variance, angles := exactly(0), exactly(0), exactly(0)
	for i := range centred {
		average = plus(average, over(centred[i].norm(), exactly(float64(k))))
		for j := range i {
			v := plus(cosine(centred[i], centred[j]), over(exactly(1), exactly(float64(k-1))))
			angles = plus(angles, over(v.Abs(v), exactly(pairs)))
		}
	}
	for i := range centred {
		v := minus(centred[i].norm(), average)
		variance = plus(variance, over(times(v, v), exactly(float64(k))))
	}
	set("NC2norms", over(root(variance), average), absolute(2*2*e/rounded(average)*(1+rounded(over(root(variance), average)))+(dim+10)*u))
	set("NC2angles", angles, absolute(2*2*e/least+(dim+10)*u))

	var logs, offLogs []float64
	for i := range centred {
		for j := range i {
			square := rounded(minus(exactly(2), times(exactly(2), cosine(centred[i], centred[j]))))
			logs = append(logs, -math.Log(square)/2)
			offLogs = append(offLogs, (2*2*e/least*2+2*(dim+10)*u)/square)
		}
	}
	if k > 2 {
		v := variation(logs)
		out["GNC2"] = exactValue{v, absolute(2*(1+v)*slices.Max(offLogs)/math.Abs(floats.Sum(logs)/float64(len(logs))) + 10*u)}
	}

	// Σ_B = Σ_r λ_r v_r v_rᵀ, and tr(Σ_W Σ_B⁺) = Σ_r v_rᵀ Σ_W v_r/λ_r.
	fuzziness := func(rows []vector, weight func(i int) *big.Float) (v *big.Float, smallest float64) {
		values, vectors := eigenvalues(gramOf(rows, weight))
		v = exactly(0)
		for r, lambda := range values {
			if r >= k-1 || lambda.MantExp(nil) < values[0].MantExp(nil)-300 {
				break
			}
			for _, w := range within {
				p := vectors[r].dot(w)
				v = plus(v, over(times(p, p), times(lambda, exactly(float64(n)))))
			}
			smallest = rounded(root(lambda))
		}
		return v, smallest
	}
	nc1, smallest := fuzziness(aboutGlobal, func(int) *big.Float { return over(exactly(1), exactly(float64(k))) })
	ofInverse := func(smallest float64) float64 {
		return ofW + 2*(4*e*math.Sqrt(float64(k))+8*(dim+float64(k))*u*apart)/smallest + 4*e*e/sigma/sigma
	}
	set("NC1", over(nc1, exactly(float64(k))), relative(ofInverse(smallest)))
	separation, smallest := fuzziness(aboutGlobal, func(i int) *big.Float { return over(exactly(count[i]), exactly(float64(n))) })
	set("separation", separation, relative(ofInverse(smallest)))

	w := make([]vector, k)
	for i := range w {
		w[i] = vectorOf(classifier.RawRowView(i))
	}
	frobenius := func(rows []vector) *big.Float {
		s := exactly(0)
		for _, r := range rows {
			s = plus(s, r.square())
		}
		return root(s)
	}
	duality := func(rows []vector) *big.Float {
		a, b := frobenius(w), frobenius(rows)
		s := exactly(0)
		for i := range rows {
			s = plus(s, zeros(d).add(over(exactly(1), a), w[i]).sub(zeros(d).add(over(exactly(1), b), rows[i])).square())
		}
		return root(s)
	}
	ofDuality := 2*2*e/beta + (float64(k)*dim+20)*u
	set("NC3", duality(centred), absolute(ofDuality))
	set("NC3global", duality(aboutGlobal), absolute(ofDuality))
	product, norm := make([]vector, k), exactly(0)
	for i := range product {
		product[i] = zeros(k)
		for j := range product {
			product[i][j] = w[i].dot(centred[j])
			norm = plus(norm, times(product[i][j], product[i][j]))
		}
	}
	norm = root(norm)
	zhu := exactly(0)
	for i := range product {
		for j := range product {
			diff := minus(over(product[i][j], norm), exactly(simplex(i, j, k)))
			zhu = plus(zhu, times(diff, diff))
		}
	}
	ofProduct := rounded(frobenius(w)) * (2*e*math.Sqrt(float64(k)) + (dim+5)*u*beta*math.Sqrt(float64(k))) / rounded(norm)
	set("NC3Zhu", root(zhu), absolute(2*ofProduct+20*u))
	var aligned []float64
	for i := range w {
		aligned = append(aligned, rounded(cosine(w[i], centred[i])))
	}
	v := variation(aligned)
	out["UNC3"] = exactValue{v, absolute(2 * (1 + v) * (2*2*e/least + (dim+10)*u) * float64(k) / math.Abs(floats.Sum(aligned)))}

	// A sample counts as ambiguous if its scores for two classes differ by no more than
	// what they may be off by.
	agreed, ambiguous := 0.0, 0.0
	for i := range z {
		best, second := exactly(math.Inf(-1)), exactly(math.Inf(-1))
		at, y := -1, labels[i]
		for c := range mean {
			delta := mean[c].sub(mean[y])
			score := minus(delta.dot(within[i]), over(delta.square(), exactly(2)))
			if score.Cmp(best) > 0 {
				best, second, at = score, best, c
			} else if score.Cmp(second) > 0 {
				second = score
			}
		}
		logit, class := exactly(math.Inf(-1)), -1
		margin := math.Inf(1)
		for c := range w {
			v := w[c].dot(z[i])
			if v.Cmp(logit) > 0 {
				if class >= 0 {
					margin = rounded(minus(v, logit))
				}
				logit, class = v, c
			} else {
				margin = min(margin, rounded(minus(logit, v)))
			}
		}
		if at == class {
			agreed++
		}
		largest := rounded(within[i].norm()) + apart
		if rounded(minus(best, second)) < 4*largest*(2*e+(dim+5)*u*(size+largest)) || margin < 4*(dim+5)*u*rounded(frobenius(w))*rounded(z[i].norm()) {
			ambiguous++
		}
	}
	out["NC4"] = exactValue{agreed / float64(n), absolute(ambiguous / float64(n))}

	one := func(int) *big.Float { return exactly(1) }
	values, _ := eigenvalues(gramOf(z, one))
	sigmas := make([]float64, min(n, d))
	var sum, squares, fourths, entropy float64
	for i := range sigmas {
		sigmas[i] = rounded(over(root(values[i]), root(values[0])))
		sum += sigmas[i]
		squares += sigmas[i] * sigmas[i]
		fourths += sigmas[i] * sigmas[i] * sigmas[i] * sigmas[i]
	}
	for _, s := range sigmas {
		if s > 0 {
			entropy -= s / sum * math.Log(s/sum)
		}
	}
	ofSigma := float64(n+d) * u // of a singular value over the largest, from stored features
	out["rank95"] = exactValue{float64(NumericalRank(sigmas, 0.95)), absolute(0)}
	out["stableRank"] = exactValue{squares, absolute(float64(len(sigmas)) * 3 * ofSigma)}
	out["participation"] = exactValue{squares * squares / fourths, relative(float64(len(sigmas)) * 8 * ofSigma)}
	// The derivative of p log p is at most log of the smallest p that counts, here 1e-18.
	out["effectiveRank"] = exactValue{math.Exp(entropy), relative(float64(len(sigmas)) * ofSigma * 42)}
	var lx, ly []float64
	smallestSigma := 1.0
	for i := 11; i <= len(sigmas) && sigmas[i-1] > 1e-7; i++ {
		lx, ly = append(lx, math.Log(float64(i))), append(ly, 2*math.Log(sigmas[i-1]))
		smallestSigma = sigmas[i-1]
	}
	if len(lx) >= 10 {
		mx, my := floats.Sum(lx)/float64(len(lx)), floats.Sum(ly)/float64(len(lx))
		var sxy, sxx float64
		for i := range lx {
			sxy += (lx[i] - mx) * (ly[i] - my)
			sxx += (lx[i] - mx) * (lx[i] - mx)
		}
		out["powerLaw"] = exactValue{-sxy / sxx, absolute(2 * (2*ofSigma/smallestSigma + 50*u*math.Abs(slices.Min(ly))) * math.Sqrt(float64(len(lx))/sxx))}
	}

	// The fit of one-hot labels, or their numbers, with the ridge of residuals, by
	// elimination; its bias makes it exact at the mean of all samples.
	if n > d+1 {
		about := make([]vector, n)
		for i := range z {
			about[i] = z[i].sub(global)
		}
		gram := gramOf(about, one)
		spread := exactly(0)
		for j := range gram {
			spread = plus(spread, gram[j][j])
		}
		ridge := times(exactly(residualRidge), over(spread, exactly(dim)))
		for j := range gram {
			gram[j][j] = plus(gram[j][j], ridge)
		}
		right := make([]vector, d) // Σ_i (z_i - μ) y_iᵀ
		for j := range right {
			right[j] = zeros(k)
			for c := range mean {
				right[j][c] = times(exactly(count[c]), aboutGlobal[c][j])
			}
		}
		probe := eliminate(gram, right)
		var residual, number, all, allNumbers = exactly(0), exactly(0), exactly(0), exactly(0)
		middle := exactly(0) // of the numbers
		for c := range count {
			middle = plus(middle, exactly(float64(c)*count[c]/float64(n)))
		}
		largest := 0.0 // ‖A‖‖z - μ‖
		for i := range about {
			s, t := exactly(0), exactly(0)
			for c := range count {
				left, target := exactly(-count[c]/float64(n)), exactly(-count[c]/float64(n))
				if c == labels[i] {
					left, target = plus(left, exactly(1)), plus(target, exactly(1))
				}
				all = plus(all, times(target, target))
				fitted := exactly(0)
				for j := range probe {
					fitted = plus(fitted, times(probe[j][c], about[i][j]))
				}
				left = minus(left, fitted)
				s = plus(s, times(left, left))
				t = plus(t, times(left, minus(exactly(float64(c)), middle)))
			}
			residual, number = plus(residual, s), plus(number, times(t, t))
			v := minus(exactly(float64(labels[i])), middle)
			allNumbers = plus(allNumbers, times(v, v))
			largest = max(largest, rounded(frobenius(probe))*rounded(about[i].norm()))
		}
		for name, v := range map[string][2]*big.Float{"residual": {residual, all}, "residualNumber": {number, allNumbers}} {
			value := rounded(over(v[0], v[1]))
			// With the scatter G and the ridge λ = ρ tr G/d, A minimises the residual plus
			// λ‖A‖². Where A is off by δ, that sum is in the second order, so that the
			// residual is off by 2λ⟨A, δ⟩. G being off by 2e/s tr G, δ is at most
			// 2·2e/s d/ρ ‖A‖. (The numbers of classes are at most K times one-hot labels.)
			s := rounded(root(over(spread, exactly(float64(n)*dim))))
			ofFit := 8 * (e + (m+dim)*u*s) / s * rounded(times(spread, times(frobenius(probe), frobenius(probe))))
			f := largest * (dim + 20) * u // of the rest of a sample, in arithmetic
			scale := 1.0
			if name == "residualNumber" {
				scale = float64(k * k)
			}
			out[name] = exactValue{value, bound{(m + dim + 50) * u, scale * (ofFit + float64(n)*(2*f*math.Sqrt(value)+f*f)) / rounded(v[1])}}
		}
	}
	return out
}

// eliminate returns the solution of ax = b, both of which it overwrites.
func eliminate(a, b []vector) []vector {
	n := len(a)
	for p := range n {
		best := p
		for i := p; i < n; i++ {
			if new(big.Float).Abs(a[i][p]).Cmp(new(big.Float).Abs(a[best][p])) > 0 {
				best = i
			}
		}
		a[p], a[best], b[p], b[best] = a[best], a[p], b[best], b[p]
		for i := range n {
			if i == p {
				continue
			}
			f := over(a[i][p], a[p][p])
			f.Neg(f)
			a[i], b[i] = a[i].add(f, a[p]), b[i].add(f, b[p])
		}
	}
	for i := range n {
		b[i] = zeros(len(b[i])).add(over(exactly(1), a[i][i]), b[i])
	}
	return b
}

// TestQuantitiesAgainstExact compares every quantity with its value in arithmetic of 500
// bits: near collapse, before it, far from the origin, in both at once, and at scales of
// 1e-150 and 1e150. Bounds are those that the documentation of LayerMeasures states.
func TestQuantitiesAgainstExact(t *testing.T) {
	const seed = 61
	t.Logf("seed %d", seed)
	type shape struct {
		sizes []int
		d     int
	}
	few, wide, many := shape{[]int{6, 9, 5, 8}, 5}, shape{[]int{9, 10, 11}, 24}, shape{[]int{700, 40}, 3}
	type test struct {
		shape
		spread, distance, offset, scale float64
	}
	tests := []test{
		{few, 1, 1, 0, 1}, {wide, 1, 1, 0, 1}, {many, 1, 1, 0, 1},
		{shape{[]int{5, 5, 5, 5, 5}, 2}, 1, 1, 0, 1},                                            // more classes than a simplex has room for
		{few, 1e-3, 1, 0, 1}, {few, 1e-6, 1, 0, 1}, {few, 1e-9, 1, 0, 1}, {few, 1e-12, 1, 0, 1}, // near collapse
		{many, 1e-6, 1, 0, 1}, {wide, 1e-5, 1, 0, 1},
		{few, 1, 1e-3, 0, 1}, {few, 1, 1e-6, 0, 1}, {few, 1, 1e-10, 0, 1}, // before it
		{few, 1, 1, 1e3, 1}, {few, 1, 1, 1e6, 1}, {few, 1, 1, 1e9, 1}, {few, 1, 1, 1e13, 1}, // far from the origin
		{many, 1, 1, 1e6, 1}, {wide, 1, 1, 1e6, 1},
		{few, 1e-4, 1, 1e6, 1}, {few, 1e-8, 1, 1e4, 1}, {few, 1, 1e-4, 1e6, 1}, // both
		{few, 1, 1, 0, 1e-150}, {few, 1, 1, 0, 1e150}, {few, 1e-6, 1, 1e3, 1e-150}, {few, 1e-6, 1, 1e3, 1e150}, {wide, 1, 1, 0, 1e-150},
	}
	worst, compared := map[string]float64{}, map[string]int{}
	for number, c := range tests {
		if testing.Short() && number%4 > 1 {
			continue
		}
		rnd := rand.New(rand.NewPCG(seed, uint64(number)))
		k := len(c.sizes)
		labels := labelsOf(c.sizes...)
		x := mat.NewDense(len(labels), c.d, nil)
		means, classifier := mat.NewDense(k, c.d, nil), mat.NewDense(k, c.d, nil)
		fill := func(m *mat.Dense) { m.Apply(func(_, _ int, _ float64) float64 { return rnd.NormFloat64() }, m) }
		fill(means)
		fill(classifier)
		classifier.Add(classifier, means) // so that UNC3 is not that of cosines about zero
		direction := make([]float64, c.d)
		for j := range direction {
			direction[j] = rnd.NormFloat64()
		}
		x.Apply(func(i, j int, _ float64) float64 {
			return c.scale * (c.offset*direction[j] + c.distance*means.At(labels[i], j) + c.spread*rnd.NormFloat64())
		}, x)
		name := fmt.Sprintf("%v×%d, spread %g, distance %g, offset %g, scale %g", c.sizes, c.d, c.spread, c.distance, c.offset, c.scale)
		ev, err := measureFeatures([]LayerFeatures{{"z", x}}, labels, k, classifier, Everything|Residual)
		if err != nil {
			t.Fatal(err)
		}
		got := ev.Layers[0]
		for what, want := range exactMeasures(x, labels, k, classifier) {
			q := Must(QuantityNamed(what))
			v := q.Of(got)
			off := math.Abs(v - want.value)
			allowed := want.absolute + want.relative*math.Abs(want.value)
			switch {
			case math.IsNaN(v):
				// Undefined values are those of which nothing is known.
				why := got.Undefined[what]
				if why == outOfRange && (math.Abs(want.value) < 0x1p-1022 || math.IsInf(want.value, 0)) {
					continue
				}
				if why == "" && what != "NC2global" || allowed < 0.1*math.Abs(want.value) {
					t.Errorf("%s: %s is undefined (%s), where %g is known to %.2g", name, what, why, want.value, allowed)
				}
				continue
			case got.AtMost[what] != "":
				if v < want.value-allowed {
					t.Errorf("%s: %s ≤ %g, but it is %g", name, what, v, want.value)
				}
				continue
			case !(off <= allowed):
				t.Errorf("%s: %s = %.17g, exactly %.17g: off by %.2g, more than %.2g", name, what, v, want.value, off, allowed)
			}
			compared[what]++
			if allowed > 0 {
				worst[what] = max(worst[what], off/allowed)
			}
		}
	}
	for _, q := range quantities {
		if q.Group == HeldOut {
			continue // TestHeldOutAgainstExact
		}
		if compared[q.Name] < 2 {
			t.Errorf("%s was compared %d times", q.Name, compared[q.Name])
		}
		t.Logf("%-16s compared %2d times, at most %.2g of the bound", q.Name, compared[q.Name], worst[q.Name])
	}
}

// TestHeldOutAgainstExact compares what is measured on held-out features with arithmetic of
// 500 bits: accuracies but for samples between two classes up to rounding, and NC5.
func TestHeldOutAgainstExact(t *testing.T) {
	const seed, u = 62, unit64
	t.Logf("seed %d", seed)
	for number, c := range []struct{ spread, offset, scale float64 }{
		{1, 0, 1}, {0.5, 1e3, 1}, {0.5, 1e7, 1}, {1e-7, 0, 1}, {1, 0, 1e-150}, {1, 10, 1e150},
	} {
		rnd := rand.New(rand.NewPCG(seed, uint64(number)))
		const k, d = 3, 4
		draw := func(n int) (*mat.Dense, []int) {
			x, labels := mat.NewDense(n, d, nil), make([]int, n)
			for i := range labels {
				labels[i] = i % k
			}
			x.Apply(func(i, j int, _ float64) float64 {
				return c.scale * (c.offset*float64(j-1) + math.Cos(float64(3*labels[i]+j)) + c.spread*rnd.NormFloat64())
			}, x)
			return x, labels
		}
		x, labels := draw(40)
		y, truth := draw(25)
		name := fmt.Sprintf("spread %g, offset %g, scale %g", c.spread, c.offset, c.scale)
		source := func(x *mat.Dense, labels []int) *featureSource {
			return storedFeatures([]*Dataset{Must(NewDataset("z", x, labels, k))}, nil)
		}
		first, _, err := firstPass(t.Context(), source(x, labels), Scatter)
		if err != nil {
			t.Fatal(err)
		}
		alone := &featureSource{samples: len(truth), classes: 1, layers: []sourceLayer{{0, "z", d, unit64, 0}}, last: -1}
		alone.blocks = rowsInOrder(y, make([]int, len(truth)), len(truth))
		other, _, err := firstPass(t.Context(), alone, Scatter)
		if err != nil {
			t.Fatal(err)
		}
		got := LayerMeasures{Name: "z", Dim: d}
		if err := got.heldOut(t.Context(), source(x, labels), source(y, truth), first, AsPublished); err != nil {
			t.Fatal(err)
		}
		got.KNNTest = neighborAccuracy(mat.DenseCopyOf(x), labels, mat.DenseCopyOf(y), truth, k, neighborCount, AsPublished)
		nc5, why := orthogonality(first[0].scatter, other[0].scatter)

		z := make([]vector, len(labels))
		count, mean, global, size := make([]float64, k), make([]vector, k), zeros(d), 0.0
		for i := range mean {
			mean[i] = zeros(d)
		}
		for i, y := range labels {
			z[i] = vectorOf(x.RawRowView(i))
			size = max(size, rounded(z[i].norm()))
			count[y]++
			mean[y] = mean[y].add(exactly(1), z[i])
			global = global.add(over(exactly(1), exactly(float64(len(labels)))), z[i])
		}
		largest := 0.0 // distance from the mean
		for i := range mean {
			mean[i] = zeros(d).add(over(exactly(1), exactly(count[i])), mean[i])
		}
		about := make([]vector, len(z))
		for i := range z {
			about[i] = z[i].sub(global)
			largest = max(largest, rounded(about[i].norm()))
		}
		test := make([]vector, len(truth))
		for i := range test {
			test[i] = vectorOf(y.RawRowView(i))
			size, largest = max(size, rounded(test[i].norm())), max(largest, rounded(test[i].sub(global).norm()))
		}
		// A class mean, or the mean of all, is off by e, and a product of vectors about it by
		// that times their lengths.
		e := u * (6*size + 60*largest)
		off := 8*largest*e + 2*(d+10)*u*largest*largest
		gram := gramOf(about, func(int) *big.Float { return exactly(1) })
		spread := exactly(0)
		for j := range gram {
			spread = plus(spread, gram[j][j])
		}
		for j := range gram {
			gram[j][j] = plus(gram[j][j], times(exactly(probeRidge/d), spread))
		}
		right := make([]vector, d)
		for j := range right {
			right[j] = zeros(k)
			for i := range mean {
				right[j][i] = times(exactly(count[i]), minus(mean[i][j], global[j]))
			}
		}
		probe := eliminate(gram, right)
		var lengths float64
		for j := range probe {
			lengths += rounded(probe[j].square())
		}
		// As for residuals: the fit is off by 2·2e/s d/ρ of itself, beside its products, with
		// features that are not centred, and its bias.
		deviation := rounded(root(over(spread, exactly(float64(len(z)*d)))))
		offProbe := math.Sqrt(lengths) * (4*e/deviation*d/probeRidge*largest + 4*(d+10)*u*size)
		right1, ambiguous := map[string]float64{}, map[string]float64{}
		decide := func(name string, scores []*big.Float, off float64, label int) {
			best := 0
			for i := range scores {
				if scores[i].Cmp(scores[best]) > 0 {
					best = i
				}
			}
			for i := range scores {
				if i != best && rounded(minus(scores[best], scores[i])) < off {
					ambiguous[name]++
					break
				}
			}
			if best == label {
				right1[name]++
			}
		}
		for i, v := range test {
			var byMean, byProbe []*big.Float
			for j := range mean {
				byMean = append(byMean, new(big.Float).Neg(v.sub(mean[j]).square()))
				score := exactly(count[j] / float64(len(labels)))
				for r := range probe {
					score = plus(score, times(probe[r][j], minus(v[r], global[r])))
				}
				byProbe = append(byProbe, score)
			}
			decide("NCCtest", byMean, 4*off, truth[i])
			decide("probeTest", byProbe, 2*offProbe, truth[i])
			order := make([]int, len(z))
			distance := make([]*big.Float, len(z))
			for j := range z {
				order[j], distance[j] = j, v.sub(z[j]).square()
			}
			slices.SortFunc(order, func(a, b int) int { return distance[a].Cmp(distance[b]) })
			votes := make([]int, k)
			for j := range neighborCount {
				votes[labels[order[j]]]++
			}
			best := labels[order[0]]
			for j := range neighborCount {
				if votes[labels[order[j]]] > votes[best] {
					best = labels[order[j]]
				}
			}
			if best == truth[i] {
				right1["kNNtest"]++
			}
			for j := range neighborCount {
				if labels[order[j]] != labels[order[j+1]] && rounded(minus(distance[order[j+1]], distance[order[j]])) < 4*off {
					ambiguous["kNNtest"]++
					break
				}
			}
		}
		n := float64(len(truth))
		for what, v := range map[string]float64{"NCCtest": got.NCCTest, "kNNtest": got.KNNTest, "probeTest": got.ProbeTest} {
			if math.Abs(v-right1[what]/n) > ambiguous[what]/n+u {
				t.Errorf("%s: %s = %g, exactly %g, and %g samples are between classes", name, what, v, right1[what]/n, ambiguous[what])
			}
			if ambiguous[what] > 5 && what != "probeTest" {
				t.Errorf("%s: %s says little with %g samples between classes", name, what, ambiguous[what])
			}
		}
		far, want := zeros(d), exactly(0)
		for _, v := range test {
			far = far.add(over(exactly(1), exactly(n)), v)
		}
		shortest := rounded(far.norm())
		for i := range mean {
			c := over(mean[i].dot(far), times(mean[i].norm(), far.norm()))
			want = plus(want, over(c.Abs(c), exactly(k)))
			shortest = min(shortest, rounded(mean[i].norm()))
		}
		if diff := math.Abs(nc5 - rounded(want)); !(diff <= 4*e/shortest+(d+10)*u) || why != "" {
			t.Errorf("%s: NC5 = %.17g, exactly %.17g: off by %.2g (%s)", name, nc5, rounded(want), diff, why)
		}
	}
}
