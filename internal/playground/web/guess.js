// Predict first, then reveal: C is hidden until a guess has been drawn over the layers.
const guess = {values: [], revealed: false};

// hides reports whether a quantity is still a secret.
guess.hides = key => view.predict && !guess.revealed;

// start returns what is known beforehand: C of the input.
guess.start = () => { const f = shown(); return f ? [f.C[0]] : []; };

guess.reset = () => { guess.values = []; guess.revealed = false; };

// set puts the guess of a layer, and of those passed over, where the pointer is.
guess.set = (l, v) => {
  const f = shown();
  if (!f || l < 1) return;
  guess.values[0] = f.C[0];
  guess.values[l] = v;
  let from = l - 1;
  while (from > 0 && guess.values[from] === undefined) from--;
  for (let i = from + 1; i < l; i++) guess.values[i] = guess.values[from] * Math.pow(v / guess.values[from], (i - from) / (l - from));
  redraw();
};

guess.draw = (g, a, xs) => {
  if (!view.predict) return;
  const v = guess.values.length ? xs.map(l => guess.values[l] ?? NaN) : [];
  if (v.length) curve(g, a, xs, v, {color: theme.warm, marks: 4, width: 2.2});
  else if (!guess.revealed) for (const c of guess.start()) curve(g, a, [0], [c], {color: theme.accent, marks: 4});
};

// verdict says how good the guess was: the geometric mean of the factors.
guess.verdict = () => {
  const f = shown();
  if (!guess.revealed || !f || guess.values.length < 2) return "";
  let sum = 0, n = 0;
  for (let l = 1; l < f.C.length; l++) if (guess.values[l] > 0 && f.C[l] > 0) { sum += Math.abs(Math.log(guess.values[l] / f.C[l])); n++; }
  return n ? `Your guess is off by a factor of ${short(Math.exp(sum / n))} on average over ${n} layers.` : "";
};

guess.listen = () => {
  const el = plot("c");
  const draw = e => {
    const s = scales.c;
    if (!guess.hides("C") || !s) return;
    const box = el.getBoundingClientRect(), px = e.clientX - box.left;
    let best = 1;
    for (let l = 1; l < s.count; l++) if (Math.abs(s.a.x(l) - px) < Math.abs(s.a.x(best) - px)) best = l;
    guess.set(best, s.a.value(e.clientY - box.top));
  };
  el.addEventListener("pointerdown", e => { if (guess.hides("C")) { el.setPointerCapture(e.pointerId); draw(e); } });
  el.addEventListener("pointermove", e => { if (e.buttons) draw(e); });
  el.addEventListener("keydown", e => {
    const turn = {ArrowUp: 1.25, ArrowDown: 0.8}[e.key];
    if (!turn || !guess.hides("C") || focus.layer < 1) return;
    e.preventDefault();
    const before = guess.values[focus.layer] ?? guess.values[focus.layer - 1] ?? guess.start()[0];
    guess.set(focus.layer, before * turn);
  });
  $("predict").onclick = () => { view.predict = !view.predict; guess.reset(); writeAddress(); redraw(); };
  $("reveal").onclick = () => { guess.revealed = true; redraw(); };
};
