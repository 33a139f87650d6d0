// Tells before a session is suspended, and keeps it while the person types. All tabs count as one.
"use strict";
(() => {
  const box = document.getElementById("session");
  if (!box) return;
  const idle = Number(box.dataset.idle) * 1000;
  const warning = Math.min(120000, idle / 3);
  const said = (when) => box.querySelector(`[data-when=${when}]`);
  const token = document.querySelector("input[name=csrfmiddlewaretoken]");
  let stayed = 0;
  const seen = () => localStorage.setItem("onelot-seen", String(Date.now()));
  const show = () => {
    const away = Date.now() - Number(localStorage.getItem("onelot-seen"));
    const over = away > idle;
    box.hidden = away < idle - warning;
    said("soon").hidden = over;
    said("over").hidden = !over;
    box.querySelector("button[data-stay]").hidden = over;
  };
  const stay = async () => {
    if (Date.now() - stayed < Math.min(60000, idle / 4)) return;
    stayed = Date.now();
    const answer = await fetch(box.dataset.stay, {
      method: "POST", headers: { "X-CSRFToken": token ? token.value : "" }, credentials: "same-origin",
    }).catch(() => null);
    if (answer && answer.status === 204) { seen(); show(); }
  };
  seen();
  document.addEventListener("input", stay);
  box.querySelector("button[data-stay]").addEventListener("click", () => { stayed = 0; stay(); });
  setInterval(show, Math.min(5000, idle / 10));
})();
