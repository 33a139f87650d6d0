// Draws charts that are on the page or come into it. The library is loaded with the first one.
"use strict";
(() => {
  let library;
  const load = (address) => {
    library = library || new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });
    return library;
  };
  const draw = async (place) => {
    const spec = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    const library = place.dataset.library;
    place.removeAttribute("data-library"); // once is enough
    try {
      await load(library);
      await window.onelotDraw(place, spec);
      const drawn = place.querySelector("svg");
      if (drawn) { drawn.setAttribute("aria-hidden", "true"); drawn.removeAttribute("role"); } // our label says it all
      place.dataset.drawn = "1";
    } catch {
      place.hidden = true; // the sentence and the table say the same
    }
  };
  const all = () => document.querySelectorAll("[data-chart][data-library]").forEach(draw);
  document.addEventListener("DOMContentLoaded", all);
  document.addEventListener("htmx:afterSettle", all);
})();
