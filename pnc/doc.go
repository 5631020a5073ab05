// Package pnc measures, predicts and trains the layer-by-layer evolution of
// features in deep networks: progressive compression within classes and
// discrimination between them.
//
// It reproduces and extends
//
//	P. Wang, X. Li, C. Yaras, Z. Zhu, L. Balzano, W. Hu, Q. Qu:
//	Understanding Deep Representation Learning via Layerwise Feature
//	Compression and Discrimination. JMLR 26(220), 2025. arXiv:2311.02960.
//
// # Notation
//
// There are K classes and N samples x_i ∈ ℝ^d0 with labels y_i; n = N/K when
// the classes are balanced. In formulas X is d0×N with samples as columns and Y
// is the K×N one-hot label matrix; in code a sample is a row, so that matrices
// of samples are N×d. A network of depth L has L linear maps W_1..W_L, the last
// being the classifier. The feature at layer l is z^l; z^0 is the input and
// features are reported for l = 0..L-1. Of the features of a layer,
//
//	μ_k  mean of class k,  μ  mean of all samples
//	Σ_W = 1/N Σ_i (z_i - μ_{y_i})(z_i - μ_{y_i})ᵀ   within-class covariance
//	Σ_B = 1/K Σ_k (μ_k - μ)(μ_k - μ)ᵀ               between-class covariance
//	C   = tr Σ_W / tr Σ_B                           compression, small is tight
//	D   = 1 - max_{k≠k'} cos(μ_k, μ_k')             discrimination, large is apart
//
// # The story in six calls
//
//	data := pnc.Must(pnc.NearlyOrthonormal{Classes: 3, PerClass: 10, Dim: 50, Noise: 1}.Generate(1))
//	net := pnc.Linear(6, 50).Build(data, pnc.Orthogonal(0.3), 1)
//	res, err := pnc.Train(ctx, net, data, &pnc.Settings{LearningRate: 0.1, Alpha: 100, StopLoss: 3e-10})
//	ev := pnc.Measure(net, data)
//	law := pnc.Predict(data, pnc.Law{Depth: 6, Scale: 0.3, Alpha: 100})
//	fmt.Println(pnc.FitGeometric(ev.C()), pnc.FitGeometric(law.C()))
//
// [Dataset] holds samples and labels; [Architecture] describes a network and
// Build makes one; [Train] runs gradient descent on it in place; [Measure]
// reports every layer; [Predict] gives the closed form the theory implies for
// the same data, without training; and an [Experiment] bundles all of this into
// one value whose result is cached by content.
//
// # Conventions
//
// A programmer's mistake, such as matrices whose shapes do not match, panics
// with a message that starts with "pnc: ". Bad data, files and configurations
// from outside are reported as errors. Why a training run stopped is a
// [Status]. Everything random takes a seed: the same seed gives the same bits on
// the same kind of processor, however many of its cores are used.
package pnc
