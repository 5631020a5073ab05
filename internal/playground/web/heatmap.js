// C over layer and epoch, as colour on a logarithmic scale.

// viridis-like stops: dark for small C, light for large.
const stops = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
function heat(t) {
  const x = Math.min(0.9999, Math.max(0, t)) * (stops.length - 1), i = Math.floor(x), u = x - i;
  return `rgb(${stops[i].map((c, j) => Math.round(c + u * (stops[i + 1][j] - c))).join(",")})`;
}

function drawHeatmap(f) {
  const {g, w, h} = surface(plot("heatmap")), count = run.config.depth;
  const last = Math.max(run.frames.length ? run.frames[run.frames.length - 1].epoch : 0, 10);
  const a = axes(g, w, h, {x: {lo: 0, hi: last, label: "epoch"}, y: {lo: -0.5, hi: count - 0.5, ticks: layers(count)}});
  scales.heatmap = {a, last, count};
  if (!guess.hides("C")) {
    const [lo, hi] = bounds(run.frames.map(x => x.C), true), l0 = Math.log10(lo), l1 = Math.log10(hi);
    run.frames.forEach((x, i) => {
      const next = run.frames[i + 1], from = a.x(x.epoch), to = next ? a.x(next.epoch) : a.right;
      for (let l = 0; l < count; l++) {
        if (!(x.C[l] > 0) || !isFinite(x.C[l])) continue;
        g.fillStyle = heat((Math.log10(x.C[l]) - l0) / (l1 - l0 || 1));
        g.fillRect(from, a.y(l + 0.5), Math.max(1, to - from + 0.6), a.y(l - 0.5) - a.y(l + 0.5) + 0.6);
      }
    });
    $("heatscale").textContent = run.frames.length ? `dark ${short(lo)} – light ${short(hi)}` : "";
  }
  if (focus.layer >= 0 && focus.layer < count) {
    g.strokeStyle = theme.warm;
    g.lineWidth = 2 * theme.size;
    g.strokeRect(a.left + 1, a.y(focus.layer + 0.5), a.right - a.left - 2, a.y(focus.layer - 0.5) - a.y(focus.layer + 0.5));
  }
  if (f) {
    g.strokeStyle = theme.warm;
    g.lineWidth = 1.5 * theme.size;
    g.beginPath(); g.moveTo(a.x(f.epoch), a.top); g.lineTo(a.x(f.epoch), a.bottom); g.stroke();
  }
  a.release();
}
