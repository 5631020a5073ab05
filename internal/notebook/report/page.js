// Code can be hidden with the button or the key c. The choice holds for all pages of
// the report, where the browser keeps it.
const button = document.getElementById("code");
const show = (hidden) => {
  document.body.classList.toggle("prose-only", hidden);
  button.setAttribute("aria-pressed", hidden);
  button.textContent = hidden ? "show code" : "hide code";
};
const kept = (value) => {
  try { // pages from disk may have no storage
    if (value !== undefined) localStorage.setItem("pnclab-code", value);
    return localStorage.getItem("pnclab-code");
  } catch { return null; }
};
const toggle = () => {
  const hidden = !document.body.classList.contains("prose-only");
  show(hidden);
  kept(hidden ? "hidden" : "shown");
};
button.addEventListener("click", toggle);
document.addEventListener("keydown", (e) => {
  if (e.key === "c" && !e.ctrlKey && !e.metaKey && !e.altKey && !/^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) toggle();
});
show(kept() === "hidden");
