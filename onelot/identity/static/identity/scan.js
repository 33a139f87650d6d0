// The scan station: the field keeps the focus, a scanner's GS (Ctrl and ]) stays in the symbol, and where the browser can read
// codes by itself a tablet's camera fills the field.
"use strict";
(() => {
  const field = document.getElementById("raw");
  if (!field) return;
  field.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey && event.key === "]") && event.key !== "\u001d") return;
    event.preventDefault();
    field.setRangeText("\u001d", field.selectionStart, field.selectionEnd, "end");
  });
  const area = document.getElementById("camera");
  const start = document.getElementById("camera-start");
  if (!area || !start || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  area.hidden = false;
  const video = area.querySelector("video");
  const said = area.querySelector("[role=status]");
  start.addEventListener("click", async () => {
    try {
      const detector = new BarcodeDetector({ formats: ["data_matrix", "qr_code", "code_128"] });
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.hidden = false;
      await video.play();
      const look = async () => {
        const found = await detector.detect(video);
        if (!found.length) { requestAnimationFrame(look); return; }
        stream.getTracks().forEach((track) => track.stop());
        video.hidden = true;
        field.value = found[0].rawValue;
        field.form.requestSubmit(document.getElementById("read"));
      };
      look();
    } catch {
      said.textContent = area.dataset.failed;
    }
  });
})();
