// The page's side of the worker.
const times = {begin: performance.now()}; // what tests and the curious can read
const engine = {ready: false, generation: 0, pending: null, asked: false, worker: null, on: {}, code: null};

engine.start = () => {
  try {
    const source = document.getElementById("worker").textContent;
    engine.worker = new Worker(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
    engine.worker.onerror = e => engine.on.error("The worker does not run: " + (e.message || "this page is not allowed to start one"));
    engine.worker.onmessage = ({data: m}) => engine.hear(m);
    const text = atob(document.getElementById("module").textContent);
    const bytes = Uint8Array.from(text, c => c.charCodeAt(0));
    engine.worker.postMessage({op: "load", bytes}, [bytes.buffer]);
  } catch (e) {
    engine.on.error("The worker cannot be started: " + e.message);
  }
};

// open asks for a run. While one is being opened, only the newest request waits.
engine.open = request => {
  engine.pending = request;
  engine.next();
};
engine.next = () => {
  if (!engine.ready || engine.asked || !engine.pending) return;
  const m = engine.pending;
  engine.pending = null;
  engine.asked = true;
  engine.generation++;
  engine.current = m;
  engine.worker.postMessage({op: "open", generation: engine.generation, ...m});
};

engine.step = epochs => engine.worker.postMessage({op: "step", generation: engine.generation, epochs});

// askCode resolves to a cell of Go.
engine.askCode = (config, epoch) => new Promise(resolve => {
  engine.code = resolve;
  engine.worker.postMessage({op: "code", config, epoch});
});

engine.hear = m => {
  switch (m.op) {
  case "ready":
    Object.assign(times, {ready: performance.now() - times.begin, compile: m.compile, start: m.start, memory: m.memory});
    engine.ready = true;
    engine.next();
    return;
  case "code":
    engine.code(m.text);
    return;
  }
  if (m.op === "opened" || m.op === "error") engine.asked = false;
  // Answers to what is no longer asked for are dropped.
  if (m.generation !== undefined && m.generation !== engine.generation) return;
  if (m.op === "error") engine.on.error(m.text);
  else engine.on[m.op](m, engine.current);
  engine.next();
};
