// The singular values of every weight matrix: K of them grow, the others stay at ξ.
function drawSpectrum(f) {
  const {g, w, h} = surface(plot("spectrum")), count = run.config.depth, spectra = f && f.spectra && f.spectra.length === count ? f.spectra : [];
  let [lo, hi] = bounds(spectra, true);
  lo = Math.pow(10, Math.floor(2 * Math.log10(lo) - 0.1) / 2);
  hi = Math.pow(10, Math.ceil(2 * Math.log10(hi) + 0.1) / 2);
  const a = axes(g, w, h, {x: {lo: 0.5, hi: count + 0.5, ticks: layers(count).map(l => l + 1), label: "weights W of layer l"}, y: {lo, hi, log: true}});
  scales.spectrum = {a, count};
  layerLine(g, a);
  if (settings.net === "linear" && settings.xi > 0) curve(g, a, [0.5, count + 0.5], [run.config.xi, run.config.xi], {color: theme.ink, dash: [6, 5], width: 1.4});
  const k = run.classes.length, half = Math.min(18, 0.3 * (a.right - a.left) / count);
  if (!guess.hides("C")) spectra.forEach((values, i) => {
    values.forEach((v, j) => {
      const y = a.y(v);
      if (!isFinite(y)) return;
      g.globalAlpha = j < k ? 1 : 0.35;
      g.fillStyle = j < k ? theme.accent : theme.soft;
      g.fillRect(a.x(i + 1) - half, y - (j < k ? 1.5 : 0.75) * theme.size, 2 * half, (j < k ? 3 : 1.5) * theme.size);
    });
  });
  g.globalAlpha = 1;
  a.release();
}
