package vec

// ReLU computes dst = max(0, x + bias).
func ReLU[T Float](dst, x []T, bias T) {
	if same(len(dst), len(x)) > 0 {
		kernelsOf[T]().reLU(len(x), &dst[0], &x[0], bias)
	}
}

// ReLUBackward computes the gradient dst of the loss with respect to x from that with
// respect to y = ReLU(x), dy, and returns the gradient with respect to the bias:
//
//	dstᵢ = dyᵢ if yᵢ > 0 (or NaN), else 0
//	sum = Σ dstᵢ
func ReLUBackward[T Float](dst, dy, y []T) (sum T) {
	if same(len(dst), len(dy), len(y)) == 0 {
		return 0
	}
	return kernelsOf[T]().reLUBackward(len(dst), &dst[0], &dy[0], &y[0])
}

// Normalize computes the batch normalisation of a feature (Ioffe & Szegedy 2015):
//
//	xhat = (x - mean)·inv
//	y = gamma·xhat + beta
//
// where mean is the mean of x and inv = 1/√(σ²+ε), or in evaluation those of training.
func Normalize[T Float](xhat, y, x []T, mean, inv, gamma, beta T) {
	if same(len(xhat), len(y), len(x)) > 0 {
		kernelsOf[T]().normalize(len(x), &xhat[0], &y[0], &x[0], mean, inv, gamma, beta)
	}
}

// NormalizeReLU computes batch normalisation followed by ReLU:
//
//	xhat = (x - mean)·inv
//	y = max(0, gamma·xhat + beta)
func NormalizeReLU[T Float](xhat, y, x []T, mean, inv, gamma, beta T) {
	if same(len(xhat), len(y), len(x)) > 0 {
		kernelsOf[T]().normalizeReLU(len(x), &xhat[0], &y[0], &x[0], mean, inv, gamma, beta)
	}
}

// NormalizeSums returns the gradients of the loss with respect to beta (sum) and
// gamma (sumXhat) of Normalize, from its gradient dy with respect to y:
//
//	sum = Σ dyᵢ
//	sumXhat = Σ dyᵢ·xhatᵢ
func NormalizeSums[T Float](dy, xhat []T) (sum, sumXhat T) {
	if same(len(dy), len(xhat)) == 0 {
		return 0, 0
	}
	return kernelsOf[T]().normalizeSums(len(dy), &dy[0], &xhat[0])
}

// NormalizeReLUSums is NormalizeSums for NormalizeReLU: dyᵢ counts only where yᵢ > 0
// (or NaN).
func NormalizeReLUSums[T Float](dy, y, xhat []T) (sum, sumXhat T) {
	if same(len(dy), len(y), len(xhat)) == 0 {
		return 0, 0
	}
	return kernelsOf[T]().normalizeReLUSums(len(dy), &dy[0], &y[0], &xhat[0])
}

// NormalizeBackward computes the gradient dx of the loss with respect to x from that
// with respect to the result of Normalize, dy. With n elements and the results of
// NormalizeSums,
//
//	dx = gamma·inv·(dy - sum/n - xhat·sumXhat/n)
//
// because mean and inv depend on x. If they do not, the last two terms vanish: pass
// zero for the sums.
func NormalizeBackward[T Float](dx, dy, xhat []T, gamma, inv, sum, sumXhat T) {
	if same(len(dx), len(dy), len(xhat)) > 0 {
		a, b, c := coefficients(len(dx), gamma, inv, sum, sumXhat)
		kernelsOf[T]().normalizeBackward(len(dx), &dx[0], &dy[0], &xhat[0], a, b, c)
	}
}

// NormalizeReLUBackward is NormalizeBackward for NormalizeReLU, with the results
// of NormalizeReLUSums: dyᵢ counts only where yᵢ > 0 (or NaN).
func NormalizeReLUBackward[T Float](dx, dy, y, xhat []T, gamma, inv, sum, sumXhat T) {
	if same(len(dx), len(dy), len(y), len(xhat)) > 0 {
		a, b, c := coefficients(len(dx), gamma, inv, sum, sumXhat)
		kernelsOf[T]().normalizeReLUBackward(len(dx), &dx[0], &dy[0], &y[0], &xhat[0], a, b, c)
	}
}

// coefficients returns a, b and c of dx = a·dy + b·xhat + c.
func coefficients[T Float](n int, gamma, inv, sum, sumXhat T) (a, b, c T) {
	a = gamma * inv
	return a, -a * sumXhat / T(n), -a * sum / T(n)
}
