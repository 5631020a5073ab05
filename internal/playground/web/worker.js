// The worker's side: it holds the program, trains in slices between which it listens,
// and answers what was asked last.
let ready, job = null, generation = 0;
const slice = 25; // ms, the longest that it does not listen
const started = new Promise(resolve => { globalThis.pncReady = resolve; });
const runs = {film: 0, final: 1, band: 2};
const filmLength = 100; // frames of a linear run that is filmed to its end

// later calls f after messages that have arrived. A timer would wait 4 ms.
const channel = new MessageChannel(), waiting = [];
channel.port1.onmessage = () => waiting.shift()();
const later = f => { waiting.push(f); channel.port2.postMessage(0); };

// ask calls a function of the program. The program reports errors as text.
function ask(name, ...args) {
  const out = pnc[name](...args);
  if (typeof out === "string") throw new Error(out);
  return out;
}

function tell(m) {
  const buffers = [];
  const collect = v => {
    if (v instanceof Float64Array) { if (!buffers.includes(v.buffer)) buffers.push(v.buffer); }
    else if (Array.isArray(v)) v.forEach(collect);
    else if (v && typeof v === "object") Object.values(v).forEach(collect);
  };
  collect(m);
  postMessage(m, buffers);
}

async function load(bytes) {
  const begin = performance.now(), go = new Go();
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const response = new Response(stream, {headers: {"content-type": "application/wasm"}});
  const {instance} = await WebAssembly.instantiateStreaming(response, go.importObject);
  const compiled = performance.now();
  go.run(instance).then(() => tell({op: "error", text: "the program ended; load the page again"}));
  await started;
  ready = true;
  tell({op: "ready", compile: compiled - begin, start: performance.now() - compiled, memory: instance.exports.mem.buffer.byteLength});
}

// open begins a run: the closed form at once, everything else in slices.
function open(m) {
  const begin = performance.now();
  generation = m.generation;
  job = {...m, phase: "begin", stride: 1};
  const out = ask("open", runs.film, m.config);
  tell({op: "opened", generation, ...out, ms: performance.now() - begin});
}

function frame(kind, more) {
  const begin = performance.now();
  const f = ask("frame", runs[kind], kind !== "band", job.spectrum && kind !== "band");
  tell({op: kind, generation, frame: f, measure: performance.now() - begin, ...more});
  return f;
}

// work does what is next of the job for about a slice, and returns whether there is
// more to do now.
function work() {
  const m = job;
  switch (m.phase) {
  case "begin":
    m.phase = m.mode === "manual" ? "wait" : m.linear ? "final" : "film";
    if (m.phase === "final") { ask("open", runs.final, m.config); m.since = performance.now(); }
    else frame("film");
    return m.phase !== "wait";
  case "final": {
    const more = ask("advance", runs.final, 1e9, slice);
    // A long run shows where it is.
    if (more && performance.now() - m.since < 150) return true;
    m.since = performance.now();
    const f = frame("final", {done: !more});
    if (!more) {
      m.phase = "film";
      m.stride = Math.max(1, Math.ceil(f.epoch / filmLength));
      ask("open", runs.film, m.config);
      later(() => { if (job === m) frame("film"); });
    }
    return true;
  }
  case "film": {
    // A frame costs as much as some epochs, so that there are not too many.
    m.left = m.left || (m.linear ? m.stride : m.every);
    const begin = performance.now();
    let more = true;
    while (m.left > 0 && more && performance.now() - begin < slice) { more = ask("advance", runs.film, 1, slice); m.left--; }
    if (more && m.left > 0) return true;
    m.left = 0;
    frame("film", {done: !more});
    if (!more) { m.phase = m.seeds > 1 ? "band" : "idle"; m.seed = 0; }
    return m.phase !== "idle";
  }
  case "step": {
    m.left = m.left || m.epochs;
    const begin = performance.now();
    let more = true;
    while (m.left > 0 && more && performance.now() - begin < slice) { more = ask("advance", runs.film, 1, slice); m.left--; }
    if (more && m.left > 0) return true;
    m.left = 0;
    m.phase = "wait";
    frame("film", {done: !more, train: performance.now() - begin});
    return false;
  }
  case "band":
    if (!m.open) {
      if (++m.seed === m.config.seed) m.seed++;
      ask("open", runs.band, {...m.config, seed: m.seed});
      m.open = true;
    }
    if (ask("advance", runs.band, 1e9, slice)) return true;
    m.open = false;
    frame("band", {seed: m.seed});
    m.told = (m.told || 0) + 1;
    if (m.told >= m.seeds - 1) { m.phase = "idle"; return false; }
    return true;
  }
  return false;
}

let running = false;
function go() {
  if (running) return;
  running = true;
  const turn = () => {
    running = false;
    try {
      if (job && work()) go();
    } catch (e) {
      job = null;
      tell({op: "error", generation, text: e.message});
    }
  };
  later(turn);
}

onmessage = async ({data: m}) => {
  try {
    switch (m.op) {
    case "load": await load(m.bytes); break;
    case "open": open(m); go(); break;
    case "step": if (job && m.generation === generation && job.phase === "wait") { job.phase = "step"; job.epochs = m.epochs; go(); } break;
    case "code": tell({op: "code", ...ask("code", m.config, m.epoch)}); break;
    }
  } catch (e) {
    job = null;
    tell({op: "error", generation: m.generation, text: e.message});
  }
};
