// What is drawn, as text: labels of the pictures and a table for screen readers.
let spoken = "", speakTimer = 0;

const statuses = ["training", "converged", "epoch limit reached", "time limit reached", "diverged", "cancelled"];

// statusText describes the run in one line.
function statusText(f) {
  if (!engine.ready) return "loading the program…";
  if (!f) return "…";
  const state = run.diverged ? `diverged in epoch ${run.diverged.epoch}: a smaller learning rate or α may help`
    : f.status ? statuses[f.status] : run.mode === "manual" && !run.playing ? "paused" : "training…";
  const loss = isFinite(f.loss) ? ` · loss ${short(f.loss)} · accuracy ${Math.round(100 * f.accuracy)} %` : "";
  return `epoch ${f.epoch}${loss} · ${state}`;
}

function describe(f) {
  $("status").textContent = statusText(f);
  if (!f) return;
  const hidden = guess.hides("C");
  const list = v => Array.from(v, (x, l) => `layer ${l}: ${short(x)}`).join(", ");
  plot("c").setAttribute("aria-label", hidden ? "Compression C: draw your guess, with the pointer or with the arrow keys" : `Compression C on a logarithmic axis. ${list(f.C)}`);
  plot("d").setAttribute("aria-label", hidden ? "Discrimination D: hidden until the guess is revealed" : `Discrimination D. ${list(f.D)}`);
  plot("spectrum").setAttribute("aria-label", f.spectra ? "Largest singular value of every weight matrix. " + f.spectra.map((s, i) => `W${i + 1}: ${short(s[0])}`).join(", ") : "Singular values");
  plot("loss").setAttribute("aria-label", `Loss over ${lossesSoFar().length} epochs, now ${short(f.loss)}. Arrow keys move through the epochs.`);
  plot("heatmap").setAttribute("aria-label", `C over ${run.config.depth} layers and ${run.frames.length} moments of training`);
  mapCanvases.forEach((m, l) => m.canvas.setAttribute("aria-label", `Map of ${l ? "layer " + l : "the input"}: ${run.labels.length} samples in ${run.classes.length} classes, C = ${hidden ? "hidden" : short(f.C[l])}`));
  const table = $("numbers");
  if (!hidden) table.innerHTML = "<caption>C and D of every layer</caption><tr><th>layer</th><th>C</th><th>D</th>" + (run.law ? "<th>C, closed form</th><th>D, closed form</th>" : "") + "</tr>" +
    Array.from(f.C, (c, l) => `<tr><th>${l}</th><td>${short(c)}</td><td>${short(f.D[l])}</td>${run.law ? `<td>${short(run.law.C[l])}</td><td>${short(run.law.D[l])}</td>` : ""}</tr>`).join("");
  else table.innerHTML = "";
  // Announced once things stand still.
  clearTimeout(speakTimer);
  speakTimer = setTimeout(() => {
    const text = `${statusText(f)}. ${hidden ? "" : `C falls from ${short(f.C[0])} to ${short(f.C[f.C.length - 1])}.`} ${guess.verdict()}`;
    if (text !== spoken) $("live").textContent = spoken = text;
  }, 900);
}
