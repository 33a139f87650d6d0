// Live updates. Parts of a page [data-live] are fetched again when what they show changed: data-live is a lot, "lots"
// for any lot, or "jobs". A part in which the person types or has opened something is left alone, and that is said.
"use strict";
(() => {
  const box = document.getElementById("live");
  if (!box || !globalThis.EventSource) return;
  const said = (when) => box.querySelector(`[data-when=${when}]`);
  const every = 3000;
  let heard = Date.now();
  let known = box.dataset.position;
  let jobs = null;
  let source;
  const busy = (part) =>
    part.contains(document.activeElement) && document.activeElement !== part && document.activeElement.matches("input, textarea, select")
    || part.querySelector("details[open]")
    || [...part.querySelectorAll("input:not([type=hidden]), textarea")].some((field) => field.value !== field.defaultValue);
  const refresh = async (parts) => {
    if (!parts.length) return;
    const answer = await fetch(location.href, { headers: { "X-Onelot-Background": "1" }, credentials: "same-origin" }).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of parts) {
      const fresh = page.getElementById(part.id);
      if (fresh && fresh.outerHTML === part.outerHTML) continue;
      if (!fresh || busy(part)) { box.hidden = said("changed").hidden = false; continue; }
      const focused = document.activeElement && part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      part.replaceWith(document.importNode(fresh, true));
      if (focused) document.getElementById(fresh.id)?.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
    }
  };
  const parts = (match) => [...document.querySelectorAll("[data-live][id]")].filter((part) => match(part.dataset.live));
  const live = (event) => { heard = Date.now(); known = event.lastEventId || known; };
  const listen = () => {
    source = new EventSource(`${box.dataset.url}?after=${known}`);
    source.addEventListener("lots", (event) => {
      live(event);
      const { lots, all } = JSON.parse(event.data);
      refresh(parts((of) => of !== "jobs" && (all || of === "lots" || lots.includes(of))));
    });
    source.addEventListener("lanes", (event) => {
      live(event);
      for (const [lane, count] of Object.entries(JSON.parse(event.data))) {
        const place = document.querySelector(`[data-lane="${lane}"]`);
        if (place) place.textContent = count;
      }
    });
    source.addEventListener("jobs", (event) => {
      live(event);
      if (jobs !== null && jobs !== event.data) refresh(parts((of) => of === "jobs"));
      jobs = event.data;
    });
  };
  const look = () => {
    const stale = Date.now() - heard > 4 * every;
    said("stale").hidden = !stale;
    box.hidden = !stale && said("changed").hidden;
    if (stale) said("since").textContent = new Date(heard).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
    if (source.readyState === EventSource.CLOSED) listen(); // the server refused once; it may be back
  };
  listen();
  setInterval(look, every);
  addEventListener("pagehide", () => source.close());
})();
