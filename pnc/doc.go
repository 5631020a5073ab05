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
// is the K×N one-hot label matrix; in code there is one row per sample, so that
// matrices of samples are N×d. A network of depth L has L linear maps W_1..W_L, the
// last being the classifier. The feature at layer l is z^l; z^0 is the input and
// features are reported for l = 0..L-1. Of the features of a layer,
//
//	μ_k  mean of class k,  μ  mean of all samples
//	Σ_W = 1/N Σ_i (z_i - μ_{y_i})(z_i - μ_{y_i})ᵀ   within-class covariance
//	Σ_B = 1/K Σ_k (μ_k - μ)(μ_k - μ)ᵀ               between-class covariance
//	C   = tr Σ_W / tr Σ_B                           compression, small is tight
//	D   = 1 - max_{k≠k'} cos(μ_k, μ_k')             discrimination, large is apart
//
// ε is the scale of orthogonal initial weights, which the paper calls ξ before
// training and ε after it: singular values that training does not change keep it. In
// code it is Scale. α is the factor of the logits in the loss, η the learning rate,
// m momentum and λ weight decay.
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
// # What is here
//
// Data. A [Source] generates a [Dataset] from a seed: [NearlyOrthonormal],
// [GaussianSpectrum], [Uniform], [Blobs], [OneHot] and [Topics] are synthetic, [Glyphs]
// are rendered; [ImageFiles] and [AGNews] read published sets, [Images] and [News] fall
// back on generated data where these are missing; [Unbalanced] and [OnlyClasses]
// select samples. [NewDataset] takes a matrix, [ReadIDX], [ReadCIFAR] and
// [ReadCSVText] read files. [Available] says where published sets are, [Download]
// fetches them.
//
// Networks. An [Architecture] ([Linear], [MLP], [Hybrid], [ConvNet], [ResNet]) and
// an [Init] ([Orthogonal], [PyTorchDefault], …) determine a [Network] of [Layer]s;
// [Network.Forward] returns its features. [Save] and [Load] exchange weights with PyTorch
// and NumPy.
//
// Training. [Train] runs gradient descent, or [Adam], with [Settings] and returns a [Result]; a
// [Trainer] gives control of the same run, step by step; a [Recorder] observes it.
//
// Measures. [Measure], [MeasureWith] and [MeasureFeatures] return an [Evaluation]
// of [LayerMeasures]; [Quantities] is the table of what is measured. [Probe] fits
// linear classifiers to every layer, [Transfer] new ones for another task.
// [OpenFeatures] and [ReadFeatures] read what other frameworks export.
//
// Weights. [MeasureAngles] returns the angles between class means and what the next
// weights amplify, [GradientProducts] the average gradient outer product of every layer,
// and [CheckFeatureAnsatz] compares it with the weights. [MinimalDepth] and [TunnelStart]
// say from which layer on a network has nothing to add.
//
// Theory. [Predict] is the closed form for C and D of every layer, from the data
// alone; [OrthonormalC], [MeansPower], [OneMatrix] and [DiscriminationBound] are its
// corollaries and bounds, [Shrinkage] and [SaddleEpochs] describe the approach to
// it, [ScaleDeviation] what initial weights that are not small change.
// [GradientFlow] is every layer at every time, [ModeTime] how long one class takes.
// [PredictSeparation] is the closed form for the separation fuzziness,
// [SeparationFloor] what no linear layer gets below. [SchattenCost], [MarginCost] and
// [RepresentationCost] are what depth pays for an arrangement of the classes,
// [SimplexLogits], [TriangularLogits], [PolygonLogits] and [TriangularNetwork] the
// arrangements, [ShrunkenScale] and [BestScale] what weight decay leaves of them,
// [CollapseWidth] the width from which networks collapse all the same.
// [CheckAssumptions] measures what the theorem assumes, [PredictAssumptions]
// predicts it. [PredictTransfer] is the accuracy of new classifiers, [HeadSlope] what
// a projection head changes; a [TransferTask] sets both beside trained networks.
// [FitGeometric] and [FitLinear] fit the two laws.
//
// The lab. An [Experiment] bundles all of this into one value that survives JSON;
// [Experiment.Run] returns its [Outcome] and caches it by content; [Sweep] runs many, a
// [Grid] those of all combinations of settings.
// [Verdicts] compare measurements with claims. [Observe] reports progress and
// warnings.
//
// Maps. [UMAP], [PCA] and [ClassMap] map features to the plane, [Align] and
// [ClassMapLike] align maps with others; [Trustworthiness] and [NeighborAgreement]
// say how far to trust them.
//
// # Conventions
//
// A programmer's mistake, such as matrices whose shapes do not match, panics
// with a message that starts with "pnc: ". Bad data, files and configurations
// from outside are reported as errors. Why a training run stopped is a
// [Status]. Everything random takes a seed: the same seed gives the same bits on
// the same kind of processor, however many of its cores are used. Nothing is
// printed; warnings and progress are values, see [Observe].
//
// # What stays
//
// The formats of [Experiment] and [Evaluation] in JSON and of features in files stay
// readable in later versions. Names marked in CHANGELOG.md may still change before
// version 1; entries of the cache may be discarded by any new version.
package pnc
