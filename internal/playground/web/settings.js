// Settings are the values of all controls. They, and how the page is shown, are in the
// address, so that a link says everything.

// view is what the address holds beside the settings.
const view = {hide: new Set(), lock: new Set(), preset: "", tour: 0, predict: false, projector: false, zoom: false};

const defaults = () => Object.fromEntries(controls.map(c => [c.id, c.value]));
let settings = defaults();

// matching returns the preset that the settings are those of, "" if there is none.
const matching = () => Object.keys(presets).find(id => controls.every(c => !c.config || settings[c.id] === (presets[id].settings[c.id] ?? c.value))) || "";

// allowed returns the nearest value that a control can have.
function allowed(c, value) {
  if (c.choices) return value in c.choices ? value : c.value;
  if (c.toggle) return value === true || value === "true" || value === "1";
  let v = Number(value);
  if (!isFinite(v) || value === "") return c.value;
  v = Math.min(c.max, Math.max(c.min, v));
  if (c.log) return +v.toPrecision(3);
  const step = c.step || 1;
  return +(Math.round(v / step) * step).toFixed(6);
}

// position returns the place of the slider of a control for a value, and valueAt the
// value for a place.
function position(c, v) {
  if (c.stops) return c.stops.reduce((best, s, i) => Math.abs(s - v) < Math.abs(c.stops[best] - v) ? i : best, 0);
  return c.log ? Math.log(v) : v;
}
const valueAt = (c, p) => c.stops ? c.stops[p] : c.log ? Math.exp(p) : Number(p);

// agree makes settings possible that a change of one control made impossible, by
// changing others, and returns a sentence about what it changed, or "".
function agree(s, changed) {
  const notes = [];
  if (s.data === "orthonormal" && s.n * s.classes > s.dim) {
    const need = s.n * s.classes, most = controlNamed.dim.max;
    if (changed === "dim" || need > most) {
      const d = changed === "dim" ? s.dim : most, n = Math.floor(d / s.classes);
      if (n < s.n) { s.n = n; notes.push(`n is now ${n}: nK orthonormal samples need d ≥ nK`); }
      if (s.n * s.classes > s.dim) { s.dim = s.n * s.classes; notes.push(`d is now ${s.dim}`); }
    } else {
      s.dim = need;
      notes.push(`d is now ${need}: nK = ${need} orthonormal samples need d ≥ nK`);
    }
  }
  return notes.join("; ");
}

// companions are the settings with which the paper trains each kind of network: from
// others a network may learn everything while C hardly falls, or diverge.
const companions = {
  net: {
    linear: {xi: 0.3, alpha: 100, lr: 0.1, epochs: 20000},
    mlp: {xi: 0.1, alpha: 1, lr: 0.1, epochs: 1000},
    hybrid: {xi: 0.3, alpha: 1, lr: 0.1, epochs: 1000},
  },
  data: {
    orthonormal: {noise: 1, n: 10},
    gaussian: {noise: 1, n: 10},
    blobs: {noise: 1, n: 10, epochs: 2000},
    digits: {noise: 1, n: 10, alpha: 1, lr: 0.001, epochs: 2000},
  },
};

// config returns what the worker needs.
const config = s => Object.fromEntries(controls.filter(c => c.config).map(c => [c.id, s[c.id]]));

// readAddress takes settings and view from the text behind the # of an address.
function readAddress(text) {
  const p = new URLSearchParams(text.replace(/^#/, ""));
  view.tour = Math.min(tour.length, Math.max(0, Math.round(Number(p.get("tour"))) || 0));
  const preset = p.get("preset") || (view.tour ? tour[view.tour - 1].preset : "");
  settings = Object.assign(defaults(), preset && presets[preset] ? presets[preset].settings : {});
  view.preset = preset && presets[preset] ? preset : "";
  for (const c of controls) if (p.has(c.id)) settings[c.id] = allowed(c, p.get(c.id));
  agree(settings, "");
  const list = name => new Set((p.get(name) || "").split(",").filter(x => x));
  view.hide = list("hide");
  view.lock = list("lock");
  view.predict = p.get("predict") === "1";
  view.projector = p.get("projector") === "1";
  view.zoom = p.get("zoom") === "1";
}

// address returns the text that readAddress reads; what has its default is left out.
function address() {
  const p = new URLSearchParams(), base = Object.assign(defaults(), view.preset ? presets[view.preset].settings : {});
  if (view.preset) p.set("preset", view.preset);
  for (const c of controls) if (settings[c.id] !== base[c.id]) p.set(c.id, settings[c.id]);
  if (view.hide.size) p.set("hide", [...view.hide].join(","));
  if (view.lock.size) p.set("lock", [...view.lock].join(","));
  if (view.tour) p.set("tour", view.tour);
  for (const name of ["predict", "projector", "zoom"]) if (view[name]) p.set(name, "1");
  return "#" + p.toString().replaceAll("%2C", ",");
}

// writeAddress puts it into the address of the page.
function writeAddress() {
  // A frame made of srcdoc has no address of its own, and says so by throwing.
  try { history.replaceState(null, "", address()); } catch { /* the link can still be copied */ }
}
