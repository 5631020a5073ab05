// The definitions of C and D with the numbers of the layer that is pointed at, and the
// sample that is pointed at.
function drawFormula(f) {
  const box = $("formula"), l = focus.layer;
  if (!f || l < 0 || l >= f.C.length || guess.hides("C")) {
    box.innerHTML = `<p><b>C</b><sub>l</sub> = tr Σ<sub>W</sub> / tr Σ<sub>B</sub> &ensp;spread within classes over spread between them</p>
      <p><b>D</b><sub>l</sub> = 1 − max cos(μ<sub>k</sub>, μ<sub>k′</sub>) &ensp;how far apart the directions of class means are</p>
      <p class="soft">Point at a layer or a sample, or use the arrow keys in a view.</p>`;
    return;
  }
  const num = v => `<b>${short(v)}</b>`, name = l ? `layer ${l}` : "input";
  let text = `<p>${name}: &ensp;<b>C</b><sub>${l}</sub> = tr Σ<sub>W</sub> / tr Σ<sub>B</sub> = ${num(f.within[l])} / ${num(f.between[l])} = ${num(f.C[l])}`;
  if (l > 0) text += ` &ensp;<span class="soft">C<sub>${l}</sub>/C<sub>${l - 1}</sub> = ${short(f.C[l] / f.C[l - 1])}</span>`;
  if (run.law) text += ` &ensp;<span class="soft">closed form ${short(run.law.C[l])}</span>`;
  text += `</p><p>${name}: &ensp;<b>D</b><sub>${l}</sub> = 1 − max cos = 1 − ${f.D[l] > 1 ? `(${num(1 - f.D[l])})` : num(1 - f.D[l])} = ${num(f.D[l])}`;
  if (run.law) text += ` &ensp;<span class="soft">closed form ${short(run.law.D[l])}</span>`;
  text += "</p>";
  if (focus.sample >= 0) text += `<p class="soft">sample ${focus.sample + 1} of ${run.labels.length}, class ${escapeHTML(run.classes[run.labels[focus.sample]])}: ringed in every layer</p>`;
  box.innerHTML = text;
}

const escapeHTML = t => t.replace(/[&<>]/g, c => ({"&": "&amp;", "<": "&lt;", ">": "&gt;"}[c]));
