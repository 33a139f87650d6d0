// Keys of the desk: j and k go to the next and the previous item, / to the search. Forms keep what was typed, and nothing
// is sent while there is no connection: the page would be lost.
"use strict";
document.addEventListener("submit", (event) => {
  const told = document.getElementById("offline");
  if (!told || navigator.onLine) return;
  event.preventDefault();
  told.setAttribute("role", "alert");
  told.hidden = false;
  told.scrollIntoView({ block: "nearest" });
}, true);
addEventListener("online", () => {
  const told = document.getElementById("offline");
  if (told) told.hidden = true;
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing) {
    if (event.key === "Escape") typing.blur();
    return;
  }
  if (event.key === "/") {
    const search = document.querySelector("input[type=search]");
    if (search) { event.preventDefault(); search.focus(); }
    return;
  }
  const step = { j: 1, k: -1 }[event.key];
  if (!step) return;
  const items = [...document.querySelectorAll("[data-item]")];
  if (!items.length) return;
  const at = items.indexOf(document.activeElement.closest("[data-item]"));
  const next = items[Math.min(items.length - 1, Math.max(0, at + step))];
  (next.querySelector("a, button, summary") || next).focus();
});
