// The tour tells the paper's story in six steps, each of which sets the state.
const tour = [
  {preset: "theorem", title: "Features collapse, layer by layer",
    text: "A deep linear network has learnt to tell three classes apart. Each map shows the same samples, one layer deeper: they draw together around the mean of their class. Point at a sample to find it in every layer."},
  {preset: "theorem", title: "By the same factor in every layer",
    text: "C is the spread within classes over the spread between them. On a logarithmic axis it falls along a straight line: every layer compresses by the same factor. The dashed line is the closed form, which knows only the data, the depth and ξ."},
  {preset: "small", title: "The initial scale sets the factor",
    text: "Now ξ is 0.1 instead of 0.3, and the factor by which each layer multiplies C is nine times smaller: it is proportional to ξ². The grey curve is the run before. Move ξ yourself."},
  {preset: "common", title: "Meanwhile the classes turn apart",
    text: "D is one minus the largest cosine between class means. Data with a common part begin with means that point the same way; layer by layer they turn towards right angles, and D rises almost linearly."},
  {preset: "small", title: "How training gets there",
    text: "Look at the singular values: of every weight matrix K = 3 grow, the others stay at ξ. Press Play to see it happen from the first epoch, or drag in the loss curve."},
  {preset: "nonlinear", title: "Real networks do it too",
    text: "A 10-layer network with BatchNorm and ReLU has no closed form, yet C falls roughly geometrically and D rises. Change the depth, the width or the data, and see what stays."},
];

// showTour goes to a step, counted from 1; 0 ends the tour.
function showTour(k, keep) {
  view.tour = k;
  $("tour").hidden = k === 0;
  $("startTour").hidden = k !== 0;
  if (k > 0) {
    const t = tour[k - 1];
    $("tourTitle").textContent = `${k} of ${tour.length} · ${t.title}`;
    $("tourText").textContent = t.text;
    $("tourBack").disabled = k === 1;
    $("tourNext").textContent = k === tour.length ? "Finish" : "Next";
    if (!keep) choosePreset(t.preset);
  }
  writeAddress();
  redraw();
}

function listenTour() {
  $("startTour").onclick = () => { showTour(1); $("tourNext").focus(); };
  $("tourBack").onclick = () => showTour(view.tour - 1);
  $("tourNext").onclick = () => showTour(view.tour === tour.length ? 0 : view.tour + 1);
  $("tourEnd").onclick = () => { showTour(0); $("startTour").focus(); };
}
