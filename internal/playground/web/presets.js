// Presets are the experiments of the paper's figures, and of what teachers show.
const presets = {
  theorem: {title: "The theorem: deep linear network, ξ = 0.3", settings: {}},
  small: {title: "The theorem, ξ = 0.1", settings: {xi: 0.1}},
  large: {title: "The theorem, ξ = 0.5", settings: {xi: 0.5}},
  common: {title: "A rising D: data with a common part", settings: {common: 0.6, lr: 0.02}},
  nonlinear: {title: "10-layer MLP with BatchNorm", settings: {net: "mlp", depth: 10, xi: 0.1, alpha: 1, epochs: 1000}},
  hybrid: {title: "Hybrid: ReLU layers, then linear ones", settings: {net: "hybrid", depth: 8, xi: 0.3, alpha: 1, epochs: 1000}},
  assumptions: {title: "Assumptions: α = 1, ξ = 0.1, 4 layers", settings: {depth: 4, alpha: 1, xi: 0.1}},
  digits: {title: "Rendered digits, MLP", settings: {data: "digits", net: "mlp", depth: 6, xi: 0.1, alpha: 1, epochs: 300}},
  lazy: {title: "No collapse: a large start, ξ = 1, α = 1", settings: {net: "mlp", xi: 1, alpha: 1, epochs: 1000}},
};
