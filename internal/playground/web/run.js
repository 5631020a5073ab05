// The run at hand: what is known of it, its film, and where one looks.
const run = {
  config: null, law: null, labels: null, classes: [], data: "",
  frames: [], // in the order of epochs
  diverged: null, // the frame at which training diverged; it holds no numbers
  final: null, // the trained network of a linear run, there before the film
  losses: [], // of all epochs filmed
  finalLosses: [], // of the run to the end that comes before the film
  band: [], // {C, D} of other seeds
  cursor: -1, // index of the frame that is shown; -1 for the newest
  mode: "auto", playing: false, done: false, waiting: false,
};
const diverged = 4; // the status, see pnc.Status
let ghost = null; // of the run before: its C, D and what it was
let note = ""; // what agree changed, until the next change

// shown returns the frame that is looked at.
function shown() {
  if (run.cursor >= 0) return run.frames[Math.min(run.cursor, run.frames.length - 1)];
  return run.final || run.frames[run.frames.length - 1] || null;
}

// begin asks for a run of the settings. In mode "auto" it goes to its end by itself, in
// mode "manual" it goes on when asked.
function begin(mode) {
  const c = config(settings);
  engine.open({
    at: performance.now(),
    config: c, mode, linear: c.net === "linear", seeds: settings.seeds, spectrum: true,
    every: Math.max(1, Math.ceil(c.epochs / 100)),
  });
}

// sameConfig reports whether two runs have the same numbers.
const sameConfig = (a, b) => controls.every(c => !c.config || a[c.id] === b[c.id]);

engine.on.opened = (m, request) => {
  const f = shown();
  if (f && run.config && !sameConfig(run.config, request.config)) {
    ghost = {C: f.C, D: f.D, text: difference(run.config, request.config), epoch: f.epoch};
  }
  Object.assign(run, {
    config: request.config, law: m.law, labels: m.labels, classes: m.classes, data: m.data, frames: [], final: null, diverged: null,
    stale: f && f.C.length === request.config.depth && f.count === m.labels.length ? f : null,
    losses: [], finalLosses: [], band: [], cursor: -1, mode: request.mode, done: false, waiting: false, asked: request.at,
  });
  if (request.mode === "auto") run.playing = false;
  times.worker = m.ms;
  times.opened = run.asked;
  times.trained = undefined;
  drawNow();
};

// difference says what changed between two configurations.
function difference(a, b) {
  const changed = controls.filter(c => c.config && a[c.id] !== b[c.id]);
  return changed.slice(0, 2).map(c => `${c.label.split(" ").pop()} = ${c.choices ? c.choices[a[c.id]] : a[c.id]}`).join(", ") + (changed.length > 2 ? ", …" : "");
}

// prepared completes a frame of the worker.
function prepared(f) {
  f.count = run.labels.length;
  return f;
}

engine.on.film = m => {
  const f = prepared(m.frame);
  run.losses.push(...f.losses);
  if (f.status === diverged) showDivergence(f);
  else run.frames.push(f);
  run.waiting = false;
  times.frames = (times.frames || 0) + 1;
  times.measure = m.measure;
  if (m.done) {
    run.done = true;
    run.final = null; // the film has it
    if (run.mode === "manual") run.playing = false;
    if (times.trained === undefined) times.trained = performance.now() - run.asked;
  }
  if (run.playing && run.mode === "manual") {
    run.cursor = -1;
    // The worker takes the next step while this one is drawn, but no more than the
    // screen shows.
    if (!run.done && performance.now() - run.stepped > 12) nextStep();
  }
  redraw();
};
// showDivergence ends a run that diverged, and shows it before its loss grew.
function showDivergence(f) {
  run.diverged = f;
  const first = lossesSoFar()[0];
  for (let i = run.frames.length - 1; i > 0 && !(run.frames[i].loss <= 2 * first); i--) run.cursor = i - 1;
}
engine.on.final = m => {
  const f = prepared(m.frame);
  run.finalLosses.push(...f.losses);
  if (f.status === diverged) run.diverged = f; // the film shows how far it came
  else run.final = f;
  if (m.done) times.trained = performance.now() - run.asked;
  redraw();
};
engine.on.band = m => {
  run.band.push({C: m.frame.C, D: m.frame.D, seed: m.seed});
  redraw();
};
engine.on.error = text => {
  run.playing = false;
  document.getElementById("error").textContent = text;
};

// play goes on from where one looks: over the film that there is, then live. At the
// end of a run it begins anew.
function play() {
  run.playing = !run.playing;
  if (run.playing) {
    const end = run.frames.length - 1;
    if (run.mode === "auto") begin("manual");
    else if (run.cursor >= 0 && run.cursor < end) { /* goes over the film */ }
    else if (run.done) run.cursor = 0;
    else run.cursor = -1;
  }
  redraw();
}

// step shows the next epoch, of the film or by training it.
function step() {
  run.playing = false;
  if (run.cursor >= 0 && run.cursor < run.frames.length - 1) run.cursor++;
  else if (run.mode === "auto") begin("manual");
  else if (!run.done && !run.waiting) { run.cursor = -1; run.waiting = true; engine.step(1); }
  redraw();
}

function back() {
  run.playing = false;
  const at = run.cursor < 0 ? run.frames.length - 1 : run.cursor;
  run.cursor = Math.max(0, at - 1);
  redraw();
}

function reset() {
  run.playing = false;
  begin("manual");
}

function nextStep() {
  run.waiting = true;
  run.stepped = performance.now();
  engine.step(settings.speed);
}

// tick is called once per frame of the screen.
function tick() {
  if (!run.playing || run.mode !== "manual" || run.waiting || !run.frames.length) return;
  if (run.cursor >= 0) {
    if (run.cursor < run.frames.length - 1) { run.cursor++; redraw(); return; }
    if (run.done) { run.playing = false; redraw(); return; }
    run.cursor = -1;
  }
  nextStep();
}
