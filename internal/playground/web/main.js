// The page: controls, buttons, keys, and the loop that draws.
let dirty = true;
function redraw() { dirty = true; }

// makeControls builds a row for every control.
function makeControls() {
  const groups = {};
  for (const c of controls) {
    if (!groups[c.group]) {
      const set = document.createElement("fieldset"), legend = document.createElement("legend");
      legend.textContent = c.group;
      set.append(legend);
      (c.group === "Play" ? $("speedBox") : $("controls")).append(set);
      groups[c.group] = set;
    }
    const row = document.createElement("div"), label = document.createElement("label"), hint = document.createElement("small");
    row.id = "row-" + c.id;
    row.className = "row";
    label.htmlFor = c.id;
    hint.id = "hint-" + c.id;
    let input;
    if (c.choices) {
      input = document.createElement("select");
      for (const [value, text] of Object.entries(c.choices)) input.append(new Option(text, value));
      label.textContent = c.label;
      row.append(label, input, hint);
    } else if (c.toggle) {
      input = document.createElement("input");
      input.type = "checkbox";
      label.append(input, " " + c.label);
      row.append(label, hint);
    } else {
      input = document.createElement("input");
      input.type = "range";
      if (c.stops) [input.min, input.max, input.step] = [0, c.stops.length - 1, 1];
      else if (c.log) [input.min, input.max, input.step] = [Math.log(c.min), Math.log(c.max), 0.01];
      else [input.min, input.max, input.step] = [c.min, c.max, c.step || 1];
      const out = document.createElement("output");
      out.id = "value-" + c.id;
      out.htmlFor = c.id;
      label.textContent = c.label;
      row.append(label, out, input, hint);
      // A double click, or Home while Alt is down, goes back to the default.
      input.ondblclick = () => change(c, c.value);
    }
    input.id = c.id;
    input.setAttribute("aria-describedby", hint.id);
    // JupyterLab takes arrow keys for itself unless an element says not to.
    input.setAttribute("data-lm-suppress-shortcuts", "true");
    const read = () => c.toggle ? input.checked : c.choices ? input.value : valueAt(c, input.value);
    input.oninput = () => change(c, read());
    groups[c.group].append(row);
  }
}

// change sets a control and what follows from it.
function change(c, value) {
  value = allowed(c, value);
  if (value === settings[c.id]) return;
  settings[c.id] = value;
  const others = {...companions[c.id]?.[value]};
  // BatchNorm takes the size out of the pixels.
  if (value === "digits" && nonlinear(settings) && settings.norm) Object.assign(others, {xi: 0.1, lr: 0.1, epochs: 300});
  const told = [];
  for (const [id, v] of Object.entries(others)) {
    if (view.lock.has(id) || view.hide.has(id) || settings[id] === v) continue;
    settings[id] = v;
    told.push(`${controlNamed[id].label.split(" ").pop()} = ${v}`);
  }
  note = [told.length ? "set as in the paper: " + told.join(", ") : "", agree(settings, c.id)].filter(x => x).join("; ");
  if (c.config || c.id === "seeds") {
    $("error").textContent = "";
    if (c.config) guess.reset();
    begin("auto");
  }
  showControls();
  writeAddress();
}

function choosePreset(id) {
  view.preset = id;
  Object.assign(settings, defaults(), {seeds: settings.seeds, speed: settings.speed}, presets[id].settings);
  note = "";
  guess.reset();
  $("error").textContent = "";
  showControls();
  begin("auto");
}

// showControls shows the settings, and why a control has no effect.
function showControls() {
  for (const c of controls) {
    const input = $(c.id), v = settings[c.id], why = c.needs ? c.needs(settings) : "", locked = view.lock.has(c.id);
    if (c.toggle) input.checked = v;
    else if (c.choices) input.value = v;
    else {
      // The slider under the hand keeps its place, or small steps would be lost.
      if (document.activeElement !== input || allowed(c, valueAt(c, input.value)) !== v) input.value = position(c, v);
      const text = c.id === "dim" && why ? "784" : String(v);
      $("value-" + c.id).textContent = text;
      input.setAttribute("aria-valuetext", text);
    }
    input.disabled = Boolean(why) || locked;
    $("hint-" + c.id).textContent = locked ? "locked" : why || (c.says ? c.says(settings) : "");
  }
  $("preset").value = matching();
  $("note").textContent = note;
}

// draw draws everything that can have changed.
function draw() {
  if (!run.config) { $("status").textContent = statusText(null); return; }
  const f = shown() || run.stale || null;
  drawMaps(f);
  drawLegend();
  drawCurves("c", "C", shown(), run.law);
  drawCurves("d", "D", shown(), run.law);
  // While a slider moves, pictures of the run before stay until there are new ones.
  if (shown() || !run.stale) {
    drawSpectrum(shown());
    drawLoss(shown());
    drawHeatmap(shown());
  }
  document.documentElement.classList.toggle("guessing", guess.hides("C"));
  drawFormula(shown());
  describe(shown());
  const scrub = $("scrub");
  scrub.max = Math.max(0, run.frames.length - 1);
  scrub.value = run.cursor < 0 ? scrub.max : run.cursor;
  scrub.disabled = run.frames.length < 2;
  const e = shown();
  scrub.setAttribute("aria-valuetext", e ? "epoch " + e.epoch : "");
  $("epoch").textContent = e ? "epoch " + e.epoch : "";
  $("play").textContent = run.playing ? "Pause" : "Play";
  $("play").setAttribute("aria-pressed", run.playing);
  $("reveal").hidden = !guess.hides("C");
  $("predict").setAttribute("aria-pressed", view.predict);
  $("verdict").textContent = guess.hides("C") ? "Draw in the plot of C how you think it falls, then reveal." : guess.verdict();
  $("ghost").textContent = ghost && !guess.hides("C") ? `grey: the run before (${ghost.text})` : "";
  $("dataName").textContent = run.data;
  $("lawNote").textContent = guess.hides("C") ? "" : run.law ? "dashed: closed form" : run.config.net === "linear" ? "no closed form for this loss" : "no closed form for ReLU";
  $("xiNote").textContent = run.config.net === "linear" ? "dashed: ξ" : "";
  if (times.opened !== undefined) { times.lawDrawn = performance.now() - times.opened; times.opened = undefined; }
  if (shown() && times.first === undefined) times.first = performance.now() - times.begin;
}

function drawNow() {
  dirty = false;
  const start = performance.now();
  draw();
  times.draw = performance.now() - start;
}

function loop() {
  tick();
  if (dirty) drawNow();
  requestAnimationFrame(loop);
}

function listen() {
  $("play").onclick = play;
  $("step").onclick = step;
  $("back").onclick = back;
  $("reset").onclick = reset;
  $("scrub").oninput = () => { run.playing = false; run.cursor = Number($("scrub").value); redraw(); };
  $("preset").onchange = () => { if ($("preset").value) { choosePreset($("preset").value); writeAddress(); } };
  $("zoom").onchange = () => { view.zoom = $("zoom").checked; writeAddress(); redraw(); };
  $("projector").onclick = () => { view.projector = !view.projector; applyView(); writeAddress(); };
  $("clearGhost").onclick = () => { ghost = null; redraw(); };
  onLayers(plot("c"), 0, () => guess.hides("C") ? null : scales.c);
  onLayers(plot("d"), 0, () => scales.d);
  onLayers(plot("spectrum"), 1, () => scales.spectrum);
  plot("c").addEventListener("keydown", e => { // the guess needs a layer too
    if (!guess.hides("C") || !["ArrowLeft", "ArrowRight"].includes(e.key)) return;
    e.preventDefault();
    point(Math.min(run.config.depth - 1, Math.max(1, (focus.layer < 1 ? 0 : focus.layer) + (e.key === "ArrowRight" ? 1 : -1))), -1);
  });
  onEpochs(plot("loss"), () => scales.loss);
  onEpochs(plot("heatmap"), () => scales.heatmap);
  plot("heatmap").addEventListener("pointermove", e => {
    const s = scales.heatmap;
    if (!s || e.buttons) return;
    const l = Math.round(s.a.value(e.clientY - plot("heatmap").getBoundingClientRect().top));
    point(l >= 0 && l < s.count ? l : -1, -1);
  });
  plot("heatmap").addEventListener("pointerleave", () => point(-1, -1));
  document.addEventListener("keydown", e => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, select, textarea, button, summary, dialog, a")) return;
    const act = {" ": play, "k": play, ".": step, ",": back, "r": reset}[e.key];
    if (!act) return;
    e.preventDefault();
    act();
  });
  addEventListener("resize", redraw);
  addEventListener("hashchange", () => { readAddress(location.hash); applyView(); applyRestrictions(); showControls(); begin("auto"); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readTheme(); $("legend").dataset.names = ""; redraw(); });
  guess.listen();
  listenTour();
  listenExport();
}

function applyView() {
  document.documentElement.classList.toggle("projector", view.projector);
  $("projector").setAttribute("aria-pressed", view.projector);
  $("zoom").checked = view.zoom;
  readTheme();
  redraw();
}

makeControls();
// On a phone the pictures come first, and the controls unfold.
if (matchMedia("(max-width: 760px)").matches) $("controlBox").open = false;
$("preset").append(new Option("your own", ""), ...Object.entries(presets).map(([id, p]) => new Option(p.title, id)));
// A frame made of srcdoc has no address: the page itself says where it opens.
readAddress(location.hash || document.documentElement.dataset.address);
applyView();
applyRestrictions();
fillTeacher();
showControls();
listen();
showTour(view.tour, true);
engine.start();
begin("auto");
requestAnimationFrame(loop);
// For tests, and for the console of the curious.
globalThis.pnclab = {times, run, view, presets, focus, engine, guess, controls, mapCanvases, shown, address, table, picture, settings: () => settings, move: (id, value) => change(controlNamed[id], value)};
