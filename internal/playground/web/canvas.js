// Drawing: canvases at the resolution of the screen, colours of the theme, axes.
const $ = id => document.getElementById(id);
const plot = id => $("plot-" + id); // the canvas of a view

// The colours of classes can be told apart by colour-blind readers (Okabe, Ito 2008);
// their marks differ as well.
const lightColors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
const darkColors = ["#4ba6dd", "#f2803a", "#25bf94", "#e19bc4", "#f0b53a", "#a5d8f3"];
let classColors = lightColors;

let theme = {};
function readTheme() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["ink", "soft", "line", "bg", "panel", "accent", "warm"]) theme[name] = style.getPropertyValue("--" + name).trim();
  classColors = matchMedia("(prefers-color-scheme: dark)").matches ? darkColors : lightColors;
  theme.size = parseFloat(style.fontSize) / 16;
}

// surface clears a canvas and returns its context, and its width and height in CSS
// pixels.
function surface(el) {
  const ratio = devicePixelRatio || 1, w = el.clientWidth, h = el.clientHeight;
  if (el.width !== Math.round(w * ratio) || el.height !== Math.round(h * ratio)) {
    el.width = Math.round(w * ratio);
    el.height = Math.round(h * ratio);
  }
  const g = el.getContext("2d");
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, w, h);
  g.font = `${12 * theme.size}px system-ui, sans-serif`;
  g.lineWidth = 1;
  g.globalAlpha = 1;
  g.setLineDash([]);
  return {g, w, h};
}

// short writes a number in about three digits.
function short(v) {
  if (v === null || v === undefined || !isFinite(v)) return "–";
  const a = Math.abs(v);
  if (a !== 0 && (a < 1e-3 || a >= 1e5)) return v.toExponential(a < 1e-99 ? 1 : 2).replace("e+", "e");
  return String(+v.toPrecision(3));
}

// power writes a power of ten for an axis.
const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
function power(e) {
  if (e >= -2 && e <= 3) return String(+Math.pow(10, e).toPrecision(1));
  return "10" + (e < 0 ? "⁻" : "") + String(Math.abs(e)).replace(/\d/g, d => superscripts[d]);
}

// niceTicks returns about n round numbers from lo to hi.
function niceTicks(lo, hi, n) {
  const raw = (hi - lo) / n, base = Math.pow(10, Math.floor(Math.log10(raw)));
  const step = [1, 2, 5, 10].map(f => f * base).find(s => s >= raw) || raw;
  const out = [];
  for (let t = Math.ceil(lo / step) * step; t <= hi + step * 1e-9; t += step) out.push(+t.toPrecision(12));
  return out;
}

// axes draws a frame with ticks and returns the functions that map values to pixels. o
// has x and y, each {lo, hi, log, label, ticks}.
function axes(g, w, h, o) {
  const k = theme.size, left = 46 * k, right = 18 * k, top = 10 * k, bottom = (o.x.label ? 34 : 22) * k;
  const f = a => a.log ? Math.log10 : v => v;
  const fx = f(o.x), fy = f(o.y);
  const span = (a, fa) => { const lo = fa(a.lo), hi = fa(a.hi); return hi > lo ? [lo, hi] : [lo - 0.5, lo + 0.5]; };
  const [x0, x1] = span(o.x, fx), [y0, y1] = span(o.y, fy);
  const x = v => left + (w - left - right) * (fx(v) - x0) / (x1 - x0);
  const y = v => top + (h - top - bottom) * (y1 - fy(v)) / (y1 - y0);
  g.strokeStyle = theme.line;
  g.fillStyle = theme.soft;
  g.textAlign = "right";
  g.textBaseline = "middle";
  if (o.y.log) {
    const first = Math.ceil(y0 - 1e-9), last = Math.floor(y1 + 1e-9), every = Math.max(1, Math.ceil((last - first) / (h / (34 * k))));
    for (let e = first; e <= last; e += every) rule(Math.pow(10, e), power(e));
    // Less than two decades have room for 2 and 5.
    if (y1 - y0 < 2) for (let e = first - 1; e <= last; e++) for (const f of [2, 5]) {
      const v = f * Math.pow(10, e), at = Math.log10(v);
      if (at > y0 && at < y1) rule(v, short(v));
    }
  } else {
    for (const t of o.y.ticks || niceTicks(y0, y1, Math.max(3, Math.floor(h / (36 * k))))) rule(t, String(t));
  }
  function rule(v, text) {
    const p = y(v);
    g.beginPath(); g.moveTo(left, p); g.lineTo(w - right, p); g.stroke();
    g.fillText(text, left - 5, p);
  }
  g.textAlign = "center";
  g.textBaseline = "top";
  const ticks = o.x.ticks || niceTicks(x0, x1, Math.max(2, Math.floor(w / (80 * k))));
  for (const t of ticks) g.fillText(o.x.name ? o.x.name(t) : String(t), x(t), h - bottom + 5 * k);
  if (o.x.label) g.fillText(o.x.label, left + (w - left - right) / 2, h - 14 * k);
  g.save();
  g.beginPath();
  g.rect(left - 1, top - 4, w - left - right + 2, h - top - bottom + 8);
  g.clip(); // ends with release
  return {x, y, left, right: w - right, top, bottom: h - bottom, y0, y1, release: () => g.restore(),
    value: py => { const t = y1 - (py - top) / (h - top - bottom) * (y1 - y0); return o.y.log ? Math.pow(10, t) : t; }};
}

// curve draws a line through values, with marks if asked for. Values that are not
// finite, or not positive on a logarithmic axis, leave a gap.
function curve(g, a, xs, ys, o) {
  g.strokeStyle = g.fillStyle = o.color;
  g.lineWidth = (o.width || 2) * theme.size;
  g.setLineDash(o.dash || []);
  g.globalAlpha = o.alpha || 1;
  g.beginPath();
  let pen = false;
  for (let i = 0; i < ys.length; i++) {
    const py = a.y(ys[i]);
    if (!isFinite(py)) { pen = false; continue; }
    if (pen) g.lineTo(a.x(xs[i]), py); else g.moveTo(a.x(xs[i]), py);
    pen = true;
  }
  g.stroke();
  g.setLineDash([]);
  if (o.marks) for (let i = 0; i < ys.length; i++) {
    const py = a.y(ys[i]);
    if (!isFinite(py)) continue;
    g.beginPath(); g.arc(a.x(xs[i]), py, o.marks * theme.size, 0, 7); g.fill();
  }
  g.globalAlpha = 1;
  g.lineWidth = 1;
}

// mark draws the mark of a class: a disc, square, triangle, diamond, cross or plus.
function mark(g, k, x, y, r) {
  g.beginPath();
  switch (k % 6) {
  case 0: g.arc(x, y, r, 0, 7); break;
  case 1: g.rect(x - 0.88 * r, y - 0.88 * r, 1.76 * r, 1.76 * r); break;
  case 2: g.moveTo(x, y - 1.2 * r); g.lineTo(x + 1.1 * r, y + 0.8 * r); g.lineTo(x - 1.1 * r, y + 0.8 * r); g.closePath(); break;
  case 3: g.moveTo(x, y - 1.25 * r); g.lineTo(x + 1.25 * r, y); g.lineTo(x, y + 1.25 * r); g.lineTo(x - 1.25 * r, y); g.closePath(); break;
  default: {
    const t = k % 6 === 4 ? Math.PI / 4 : 0, c = Math.cos(t) * r * 1.2, s = Math.sin(t) * r * 1.2, q = 0.38;
    g.moveTo(x - c - q * s, y - s + q * c); g.lineTo(x + c - q * s, y + s + q * c); g.lineTo(x + c + q * s, y + s - q * c); g.lineTo(x - c + q * s, y - s - q * c); g.closePath();
    g.moveTo(x + s - q * c, y - c - q * s); g.lineTo(x - s - q * c, y + c - q * s); g.lineTo(x - s + q * c, y + c + q * s); g.lineTo(x + s + q * c, y - c + q * s); g.closePath();
  }
  }
  g.fill();
}

// What is pointed at, in every view: a layer, and a sample. -1 for none.
const focus = {layer: -1, sample: -1};
function point(layer, sample) {
  if (layer === focus.layer && sample === focus.sample) return;
  focus.layer = layer;
  focus.sample = sample;
  redraw();
}

// layerLine marks the layer that is pointed at.
function layerLine(g, a) {
  if (focus.layer < 0) return;
  g.strokeStyle = theme.warm;
  g.globalAlpha = 0.7;
  g.lineWidth = 1.5 * theme.size;
  g.beginPath(); g.moveTo(a.x(focus.layer), a.top); g.lineTo(a.x(focus.layer), a.bottom); g.stroke();
  g.globalAlpha = 1;
}

// onLayers makes a view whose horizontal axis is layers point at them, by pointer and
// by the arrow keys. scale returns what axes returned when it was drawn last, and the
// number of layers, counted from first.
function onLayers(el, first, scale) {
  const at = e => {
    const s = scale();
    if (!s) return -1;
    const px = e.clientX - el.getBoundingClientRect().left;
    let best = -1, least = Infinity;
    for (let l = first; l < first + s.count; l++) {
      const d = Math.abs(s.a.x(l) - px);
      if (d < least) { least = d; best = l; }
    }
    return best;
  };
  el.addEventListener("pointermove", e => point(at(e), -1));
  el.addEventListener("pointerdown", e => point(at(e), -1));
  el.addEventListener("pointerleave", e => { if (e.pointerType === "mouse") point(-1, -1); });
  el.addEventListener("keydown", e => {
    const s = scale();
    if (!s || !["ArrowLeft", "ArrowRight", "Escape"].includes(e.key)) return;
    e.preventDefault();
    if (e.key === "Escape") return point(-1, -1);
    const l = focus.layer < 0 ? first : focus.layer + (e.key === "ArrowRight" ? 1 : -1);
    point(Math.min(first + s.count - 1, Math.max(first, l)), -1);
  });
}
