// lossesSoFar returns the loss of every epoch that is known.
const lossesSoFar = () => run.finalLosses.length > run.losses.length ? run.finalLosses : run.losses;

// The loss of every epoch, on a logarithmic axis, and where one looks.
function drawLoss(f) {
  const {g, w, h} = surface(plot("loss")), losses = lossesSoFar(), n = losses.length;
  let [lo, hi] = bounds([losses], true);
  if (n) hi = Math.min(hi, 1000 * losses[0]); // of a run that diverges
  lo = Math.pow(10, Math.floor(Math.log10(lo) - 0.02));
  hi = Math.pow(10, Math.ceil(Math.log10(hi) + 0.02));
  const last = Math.max(n, f ? f.epoch : 0, 10);
  const a = axes(g, w, h, {x: {lo: 0, hi: last, label: "epoch"}, y: {lo, hi, log: true}});
  scales.loss = {a, last};
  // A pixel needs no more than one epoch.
  const every = Math.max(1, Math.floor(n / 600)), xs = [], ys = [];
  for (let i = 0; i < n; i += every) { xs.push(i + 1); ys.push(losses[i]); }
  curve(g, a, xs, ys, {color: theme.accent, width: 2});
  if (f) {
    g.strokeStyle = theme.warm;
    g.lineWidth = 1.5 * theme.size;
    g.beginPath(); g.moveTo(a.x(f.epoch), a.top); g.lineTo(a.x(f.epoch), a.bottom); g.stroke();
  }
  a.release();
}

// lookAt shows the frame nearest to an epoch.
function lookAt(epoch) {
  run.playing = false;
  let best = 0;
  run.frames.forEach((f, i) => { if (Math.abs(f.epoch - epoch) < Math.abs(run.frames[best].epoch - epoch)) best = i; });
  run.cursor = best;
  redraw();
}

// onEpochs makes a view whose horizontal axis is epochs a place to scrub.
function onEpochs(el, scale) {
  const at = e => {
    const s = scale();
    if (!s || !run.frames.length) return;
    const px = e.clientX - el.getBoundingClientRect().left;
    lookAt(Math.min(1, Math.max(0, (px - s.a.left) / (s.a.right - s.a.left))) * s.last);
  };
  el.addEventListener("pointerdown", e => { el.setPointerCapture(e.pointerId); at(e); });
  el.addEventListener("pointermove", e => { if (e.buttons) at(e); });
  el.addEventListener("keydown", e => {
    const turn = {ArrowRight: 1, ArrowLeft: -1}[e.key];
    if (!turn || !run.frames.length) return;
    e.preventDefault();
    const from = run.cursor < 0 ? run.frames.length - 1 : run.cursor;
    run.playing = false;
    run.cursor = Math.min(run.frames.length - 1, Math.max(0, from + turn));
    redraw();
  });
}
