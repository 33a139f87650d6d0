// Files are sent one by one with their progress, chosen or dropped. Without this script the form sends them all at once.
"use strict";
(() => {
  const form = document.getElementById("upload");
  const input = document.getElementById("file");
  const drop = document.getElementById("drop");
  const sending = document.getElementById("sending");
  const readings = document.getElementById("readings");
  const all = document.getElementById("all");

  const show = (html) => {
    const found = new DOMParser().parseFromString(html, "text/html");
    for (const section of found.querySelectorAll("section.reading")) {
      const token = section.querySelector("input[name=token]");
      if (token) all.prepend(token.cloneNode());
      readings.append(section);
    }
    all.hidden = all.querySelectorAll("input[name=token]").length < 2;
  };

  const send = (file, done) => {
    const item = document.createElement("li");
    const bar = document.createElement("progress");
    const name = document.createElement("label");
    const state = document.createElement("span");
    bar.max = 1;
    bar.value = 0;
    name.append(file.name, " ", bar, " ", state);
    item.append(name);
    sending.append(item);
    if (file.size > Number(form.dataset.largest)) {
      state.textContent = form.dataset.tooLarge;
      bar.remove();
      return done();
    }
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    body.append("file", file);
    request.open("POST", form.action || location.pathname);
    request.setRequestHeader("X-One-File", "1");
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; });
    request.upload.addEventListener("load", () => { bar.removeAttribute("value"); state.textContent = form.dataset.reading; });
    request.addEventListener("loadend", () => {
      if (request.getResponseHeader("X-Reading")) {
        show(request.responseText);
        item.remove();
      } else {
        bar.remove();
        state.textContent = form.dataset.failed;
      }
      done();
    });
    request.send(body);
  };

  const sendAll = (files) => {
    const [file, ...others] = files;
    if (file) send(file, () => sendAll(others));
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sendAll([...input.files]);
    input.value = "";
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop") sendAll([...event.dataTransfer.files]);
    });
  }
})();
