// C and D of every layer, over the closed form, with the run before as a ghost, other
// seeds as a band, and a guess.
const layers = n => Array.from({length: n}, (_, l) => l);
const scales = {}; // what the views were drawn with last

// bounds returns the smallest and largest of some numbers, positive ones if log.
function bounds(lists, log) {
  let lo = Infinity, hi = -Infinity;
  for (const v of lists) for (const x of v || []) {
    if (!isFinite(x) || log && x <= 1e-30) continue;
    lo = Math.min(lo, x);
    hi = Math.max(hi, x);
  }
  return lo <= hi ? [lo, hi] : [log ? 0.1 : 0, 1];
}

function drawCurves(id, key, f, law) {
  const {g, w, h} = surface(plot(id)), log = key === "C", count = run.config.depth;
  const secret = guess.hides(key), v = f ? f[key] : [];
  const known = secret ? [guess.values, guess.start()] : [v, law && law[key], ghost && ghost[key].slice(0, count), ...run.band.map(b => b[key])];
  let [lo, hi] = bounds(known, log);
  if (log) {
    lo = Math.pow(10, Math.floor(Math.log10(lo) - 0.02));
    hi = Math.pow(10, Math.ceil(Math.log10(hi) + 0.02));
    if (secret) { lo = Math.min(lo, 1e-8); hi = Math.max(hi, 100); }
  } else {
    const pad = Math.max(0.004, 0.08 * (hi - lo));
    lo -= pad;
    hi += pad;
  }
  const a = axes(g, w, h, {x: {lo: -0.2, hi: count - 0.8, ticks: layers(count), label: "layer l"}, y: {lo, hi, log}});
  scales[id] = {a, count};
  layerLine(g, a);
  const xs = layers(count);
  if (ghost && !secret) curve(g, a, layers(ghost[key].length), ghost[key], {color: theme.soft, alpha: 0.55, width: 1.5, marks: 2});
  if (run.band.length && f && !secret) {
    const all = [v, ...run.band.map(b => b[key])];
    const top = xs.map(l => Math.max(...all.map(c => c[l]))), low = xs.map(l => Math.min(...all.map(c => c[l])));
    g.fillStyle = theme.accent;
    g.globalAlpha = 0.22;
    g.beginPath();
    xs.forEach(l => g.lineTo(a.x(l), a.y(top[l])));
    [...xs].reverse().forEach(l => g.lineTo(a.x(l), a.y(low[l])));
    g.fill();
    g.globalAlpha = 1;
  }
  if (law && !secret) curve(g, a, xs, law[key], {color: theme.ink, dash: [6, 5], width: 1.6});
  if (!secret && v.length) curve(g, a, xs, v, {color: theme.accent, marks: 4, width: 2.2});
  if (key === "C") guess.draw(g, a, xs);
  a.release();
  if (focus.layer >= 0 && focus.layer < v.length && !secret) {
    const text = `${key}${subscript(focus.layer)} = ${short(v[focus.layer])}`;
    g.fillStyle = theme.ink;
    g.textAlign = "right";
    g.textBaseline = "top";
    g.fillText(text, a.right - 4, a.top + 4);
  }
}

const subscript = n => String(n).replace(/\d/g, d => "₀₁₂₃₄₅₆₇₈₉"[d]);
