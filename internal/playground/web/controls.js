// controls is the table of everything that can be set. The names are those of the
// address; "config" marks what settles the numbers, the rest is only how they are
// shown. What a control needs of the others is said by needs, which returns why it has
// no effect, or "". What one means is said by says.
const linear = s => s.net === "linear", nonlinear = s => !linear(s);
// A slider over stops stands at one of them, so that a key always moves it.
const decades = (lo, hi) => [1, 10, 100, 1000, 10000].flatMap(d => [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8].map(f => Math.round(f * d))).filter(v => v >= lo && v <= hi);
const controls = [
  {id: "data", group: "Data", label: "data", config: true, value: "orthonormal", choices: {
    orthonormal: "nearly orthonormal", gaussian: "Gaussian spectrum", blobs: "blobs", digits: "rendered digits"}},
  {id: "classes", group: "Data", label: "classes K", config: true, value: 3, min: 2, max: 6},
  {id: "n", group: "Data", label: "samples per class n", config: true, value: 10, min: 2, max: 30},
  {id: "dim", group: "Data", label: "dimension d", config: true, value: 50, min: 12, max: 64,
    needs: s => s.data === "digits" ? "images have 28 × 28 = 784 pixels" : ""},
  {id: "noise", group: "Data", label: "noise", config: true, value: 1, min: 0, max: 3, step: 0.05,
    says: s => ({orthonormal: "norm of the noise matrix", gaussian: "singular values from 1 to 1 + noise", blobs: "distance from class means", digits: "size of the distortions"})[s.data]},
  {id: "common", group: "Data", label: "common part", config: true, value: 0, min: 0, max: 2, step: 0.05,
    needs: s => s.data === "orthonormal" ? "" : "only nearly orthonormal data have one"},
  {id: "net", group: "Network", label: "network", config: true, value: "linear", choices: {
    linear: "deep linear", mlp: "MLP (ReLU)", hybrid: "hybrid: half ReLU, half linear"}},
  {id: "depth", group: "Network", label: "depth L", config: true, value: 6, min: 2, max: 10},
  {id: "width", group: "Network", label: "width", config: true, value: 50, min: 8, max: 64},
  {id: "norm", group: "Network", label: "BatchNorm", config: true, value: true, toggle: true,
    needs: s => linear(s) ? "a linear network has none" : ""},
  {id: "xi", group: "Network", label: "initial scale ξ", config: true, value: 0.3, min: 0.05, max: 1, log: true},
  {id: "loss", group: "Training", label: "loss", config: true, value: "mse", choices: {mse: "squared error", "cross-entropy": "cross-entropy"}},
  {id: "alpha", group: "Training", label: "factor of the logits α", config: true, value: 100, min: 1, max: 300, log: true},
  {id: "lr", group: "Training", label: "learning rate η", config: true, value: 0.1, min: 0.001, max: 0.5, log: true},
  {id: "momentum", group: "Training", label: "momentum", config: true, value: 0, min: 0, max: 0.95, step: 0.05},
  {id: "epochs", group: "Training", label: "epochs at most", config: true, value: 20000, min: 10, max: 20000, stops: decades(10, 20000)},
  {id: "seed", group: "Seeds", label: "seed", config: true, value: 1, min: 1, max: 50},
  {id: "seeds", group: "Seeds", label: "band over seeds", value: 1, min: 1, max: 10},
  {id: "speed", group: "Play", label: "epochs per frame", value: 1, min: 1, max: 100, stops: [...new Set(decades(1, 100))]},
];
const controlNamed = Object.fromEntries(controls.map(c => [c.id, c]));
