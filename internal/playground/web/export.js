// Pictures and tables of every view, links, and Go.
function download(name, blob) {
  const a = document.createElement("a");
  a.href = URL.createObjectURL(blob);
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 1000);
}

// picture returns a canvas with a view on the colour of the page; the maps side by side.
function picture(id) {
  const sources = id === "maps" ? mapCanvases.map(m => m.canvas) : [plot(id)];
  const columns = Math.min(sources.length, 6), w = sources[0].width, h = sources[0].height, out = document.createElement("canvas");
  out.width = columns * w;
  out.height = Math.ceil(sources.length / columns) * h;
  const g = out.getContext("2d");
  g.fillStyle = theme.bg;
  g.fillRect(0, 0, out.width, out.height);
  sources.forEach((c, i) => g.drawImage(c, (i % columns) * w, Math.floor(i / columns) * h));
  return out;
}

// table returns the numbers of a view as comma-separated values, with all digits.
function table(id) {
  const f = shown(), rows = [];
  switch (id) {
  case "c": case "d": {
    const key = id.toUpperCase();
    rows.push(["layer", key, ...(run.law ? [key + " closed form"] : []), ...run.band.map(b => `${key} seed ${b.seed}`)]);
    f[key].forEach((v, l) => rows.push([l, v, ...(run.law ? [run.law[key][l]] : []), ...run.band.map(b => b[key][l])]));
    break;
  }
  case "spectrum":
    rows.push(["layer", "index", "singular value"]);
    (f.spectra || []).forEach((s, i) => s.forEach((v, j) => rows.push([i + 1, j + 1, v])));
    break;
  case "loss":
    rows.push(["epoch", "loss"]);
    lossesSoFar().forEach((v, i) => rows.push([i + 1, v]));
    break;
  case "heatmap":
    rows.push(["epoch", ...layers(run.config.depth).map(l => "C layer " + l)]);
    run.frames.forEach(x => rows.push([x.epoch, ...x.C]));
    break;
  case "maps":
    rows.push(["layer", "sample", "class", "x", "y"]);
    if (f.maps) for (let l = 0; l < f.C.length; l++) for (let i = 0; i < f.count; i++) rows.push([l, i, run.labels[i], f.maps[2 * (f.count * l + i)], f.maps[2 * (f.count * l + i) + 1]]);
  }
  return rows.map(r => r.join(",")).join("\n") + "\n";
}

// copy puts text on the clipboard, or shows it where that is not allowed.
async function copy(text, what) {
  $("copied").value = text;
  $("copiedWhat").textContent = what;
  try {
    await navigator.clipboard.writeText(text);
    say(`${what} copied.`);
  } catch {
    $("copyDialog").showModal();
    $("copied").select();
  }
}

let sayTimer = 0;
function say(text) {
  $("said").textContent = text;
  clearTimeout(sayTimer);
  sayTimer = setTimeout(() => { $("said").textContent = ""; }, 4000);
}

function listenExport() {
  for (const b of document.querySelectorAll("[data-png]")) b.onclick = () => { if (shown()) picture(b.dataset.png).toBlob(blob => download(`pnclab-${b.dataset.png}.png`, blob)); };
  for (const b of document.querySelectorAll("[data-csv]")) b.onclick = () => { if (shown()) download(`pnclab-${b.dataset.csv}.csv`, new Blob([table(b.dataset.csv)], {type: "text/csv"})); };
  $("copyGo").onclick = async () => {
    const f = shown();
    if (f) copy(await engine.askCode(run.config, f.epoch), "The cell of Go");
  };
  $("copyLink").onclick = () => copy(location.href.split("#")[0].replace(/^about:srcdoc$/, "") + address(), "The link");
  $("copyClose").onclick = () => $("copyDialog").close();
}
