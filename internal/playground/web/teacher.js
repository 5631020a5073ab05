// What a teacher can hide or lock: a table of all controls whose choices become part of
// the link.
const extras = {play: "play, step, reset", projector: "projector button", predict: "predict first", tour: "tour", presets: "presets", teacher: "this table", export: "export buttons"};

function fillTeacher() {
  const rows = [...controls.map(c => [c.id, c.label]), ...Object.entries(extras)];
  $("teacherRows").replaceChildren(...rows.map(([id, label]) => {
    const l = document.createElement("label"), s = document.createElement("select");
    l.append(label, " ", s);
    for (const [value, text] of [["show", "shown"], ["lock", "locked"], ["hide", "hidden"]]) {
      if (value === "lock" && id in extras) continue;
      s.append(new Option(text, value));
    }
    s.value = view.hide.has(id) ? "hide" : view.lock.has(id) ? "lock" : "show";
    s.onchange = () => {
      view.hide.delete(id);
      view.lock.delete(id);
      if (s.value === "hide") view.hide.add(id);
      if (s.value === "lock") view.lock.add(id);
      writeAddress();
      // What is hidden here disappears for who opens the link; the teacher still sees it.
      $("teacherNote").textContent = "The link now says so; open it in a new tab to see what a class sees.";
    };
    return l;
  }));
}

// applyRestrictions hides and locks what the address says.
function applyRestrictions() {
  for (const id of Object.keys(extras)) for (const el of document.querySelectorAll(`[data-part="${id}"]`)) el.classList.toggle("gone", view.hide.has(id));
  for (const c of controls) {
    const row = $("row-" + c.id);
    if (row) row.classList.toggle("gone", view.hide.has(c.id));
  }
}
