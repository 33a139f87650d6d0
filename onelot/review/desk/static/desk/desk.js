// Keys of the desk, drafts that outlive a lost connection, and the place in an original.
"use strict";
(() => {
  const page = document.getElementById("lot");
  const owner = page ? page.dataset.person : "";
  const keyOf = (name) => `onelot:${owner}:${page ? page.dataset.lot : location.pathname}:${name}`;

  // Drafts: kept in this tab only, per person and exception, until they are recorded.
  const recorded = page && page.dataset.recorded;
  if (recorded) {
    for (const name of [recorded, `withdraw-${recorded}`, `comment-${recorded}`]) sessionStorage.removeItem(keyOf(name));
    if (recorded === "lot") sessionStorage.removeItem(keyOf("comment-"));
    const address = new URL(location.href);
    address.searchParams.delete("recorded");
    history.replaceState(null, "", address);
  }
  for (const field of document.querySelectorAll("[data-draft]")) {
    const key = keyOf(field.dataset.draft);
    const kept = sessionStorage.getItem(key);
    if (kept && !field.value) {
      field.value = kept;
      const around = field.closest("details");
      if (around) around.open = true;
    }
    field.addEventListener("input", () => {
      if (field.value) sessionStorage.setItem(key, field.value);
      else sessionStorage.removeItem(key);
    });
  }

  // The marked place of an original comes into view without moving the page itself.
  const place = document.querySelector("[data-place]");
  if (place) {
    const box = place.closest(".original");
    const there = place.getBoundingClientRect(), here = box.getBoundingClientRect();
    box.scrollTop += there.top - here.top - Math.max(0, (here.height - there.height) / 3);
    box.scrollLeft += Math.max(0, there.left - here.left - here.width / 2);
  }

  const items = () => [...document.querySelectorAll("article[data-item]")];
  const current = () => document.activeElement.closest("article[data-item]") || items()[0];
  const open = (item, kind) => {
    const part = item && item.querySelector(`details[data-act=${kind}]`);
    if (!part) return null;
    part.open = true;
    const field = part.querySelector("textarea");
    if (field) field.focus();
    return part;
  };
  const chosen = { a: "accepted", f: "false_alarm", q: "ask", v: "deviation" };
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("textarea");
    if (field && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = field.closest("form");
      const wanted = form.dataset.chosen;
      const button = (wanted && form.querySelector(`button[value=${wanted}]`)) || form.querySelector("button[name=act]");
      event.preventDefault();
      form.requestSubmit(button);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    const done = () => event.preventDefault();
    if (event.key === "?") {
      const keys = document.getElementById("keys");
      if (!keys) return;
      done();
      keys.open = !keys.open;
      if (keys.open) keys.querySelector("summary").focus();
    } else if (event.key === "d") {
      if (open(current(), "decide")) done();
    } else if (event.key in chosen) {
      const part = open(current(), "decide");
      if (!part) return;
      done();
      const button = part.querySelector(`button[value=${chosen[event.key]}]`);
      part.querySelector("form").dataset.chosen = button ? chosen[event.key] : "";
    } else if (event.key === "w") {
      if (open(current(), "withdraw")) done();
    } else if (event.key === "m") {
      if (open(current(), "more")) done();
    } else if (event.key === "e") {
      const link = current() && current().querySelector("[data-evidence]");
      if (link) { done(); link.click(); }
    } else if (event.key === "s") {
      const first = document.querySelector("#sign input:not([type=hidden])");
      if (first) { done(); first.focus(); }
    } else {
      const link = document.querySelector(`[data-key-go="${CSS.escape(event.key)}"]`);
      if (link) { done(); link.click(); }
    }
  });
})();
