// The features of every layer as a map: each sample at its true distance from the mean
// of its class, see pnc.ClassMap. Pointing at a sample shows it in all layers.
const mapCanvases = [];

// arrangeMaps makes as many maps as there are layers.
function arrangeMaps(count) {
  const box = $("maps");
  while (mapCanvases.length < count) {
    const l = mapCanvases.length, figure = document.createElement("figure"), canvas = document.createElement("canvas"), caption = document.createElement("figcaption");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    caption.textContent = l ? "layer " + l : "input";
    figure.append(canvas, caption);
    box.append(figure);
    mapCanvases.push({figure, canvas, caption, points: null});
    listenMap(l);
  }
  while (mapCanvases.length > count) mapCanvases.pop().figure.remove();
  box.style.setProperty("--columns", Math.min(count, count > 6 ? Math.ceil(count / 2) : 6));
}

function drawMaps(f) {
  arrangeMaps(run.config.depth);
  const n = run.labels ? run.labels.length : 0, known = f && f.maps && f.count === n && f.C.length === run.config.depth;
  // One scale for all layers shows them shrink; the farthest sample of any must fit.
  const reach = l => { let m = 0; for (let i = 2 * n * l; i < 2 * n * (l + 1); i += 2) m = Math.max(m, Math.hypot(f.maps[i], f.maps[i + 1])); return m; };
  const reaches = known ? mapCanvases.map((_, l) => reach(l)) : [];
  const common = Math.max(...reaches);
  mapCanvases.forEach((m, l) => {
    const {g, w, h} = surface(m.canvas);
    m.figure.classList.toggle("pointed", focus.layer === l);
    m.points = null;
    if (!known) {
      g.fillStyle = theme.soft;
      g.textAlign = "center";
      g.fillText(f ? "no picture" : "", w / 2, h / 2);
      return;
    }
    const hidden = guess.hides("C") && l > 0;
    m.caption.textContent = (l ? "layer " + l : "input") + (hidden ? "" : ` · C = ${short(f.C[l])}`);
    if (hidden) {
      g.fillStyle = theme.soft;
      g.textAlign = "center";
      g.fillText("?", w / 2, h / 2);
      return;
    }
    const r = 3.4 * theme.size, k = (Math.min(w, h) / 2 - 2 * r) / ((view.zoom ? reaches[l] : common) || 1), points = [];
    for (let i = 0; i < n; i++) {
      const x = w / 2 + k * f.maps[2 * (n * l + i)], y = h / 2 - k * f.maps[2 * (n * l + i) + 1];
      points.push([x, y]);
      g.globalAlpha = focus.sample < 0 || run.labels[i] === run.labels[focus.sample] ? 0.85 : 0.3;
      g.fillStyle = classColors[run.labels[i] % 6];
      mark(g, run.labels[i], x, y, r);
    }
    g.globalAlpha = 1;
    if (focus.sample >= 0 && focus.sample < n) {
      const [x, y] = points[focus.sample];
      g.strokeStyle = theme.ink;
      g.lineWidth = 2 * theme.size;
      g.beginPath(); g.arc(x, y, 2.1 * r, 0, 7); g.stroke();
    }
    m.points = points;
  });
}

function listenMap(l) {
  const el = mapCanvases[l].canvas;
  const nearest = e => {
    const box = el.getBoundingClientRect(), px = e.clientX - box.left, py = e.clientY - box.top;
    let best = -1, least = 14 * theme.size;
    (mapCanvases[l]?.points || []).forEach(([x, y], i) => { const d = Math.hypot(x - px, y - py); if (d < least) { least = d; best = i; } });
    return best;
  };
  const look = e => point(l, nearest(e));
  el.addEventListener("pointermove", look);
  el.addEventListener("pointerdown", look);
  el.addEventListener("pointerleave", e => { if (e.pointerType === "mouse") point(-1, -1); });
  el.addEventListener("focus", () => { if (el.matches(":focus-visible")) point(l, focus.sample); });
  el.addEventListener("keydown", e => {
    const n = run.labels ? run.labels.length : 0, turn = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[e.key];
    if (e.key === "Escape") return point(-1, -1);
    if (!turn || !n) return;
    e.preventDefault();
    point(l, focus.sample < 0 ? 0 : (focus.sample + turn + n) % n);
  });
}

// drawLegend names the classes.
function drawLegend() {
  const box = $("legend"), names = run.classes.join("|");
  if (box.dataset.names === names) return;
  box.dataset.names = names;
  box.replaceChildren(...run.classes.map((name, k) => {
    const item = document.createElement("span"), c = document.createElement("canvas");
    c.className = "mark";
    c.setAttribute("aria-hidden", "true");
    item.append(c, `class ${name}`);
    requestAnimationFrame(() => { const {g, w, h} = surface(c); g.fillStyle = classColors[k % 6]; mark(g, k, w / 2, h / 2, w * 0.3); });
    return item;
  }));
}
