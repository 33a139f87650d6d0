// Security keys. A button [data-key] asks the key, puts its answer into the field it names, and says so.
// data-key: "get" or "create"; data-options: id of the JSON with the challenge; data-field: id of the field;
// data-submit: whether the form is sent at once.
"use strict";
if (!globalThis.onelotKeys) { // a page with several panels names this file several times
globalThis.onelotKeys = true;
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-key]");
  if (!button) return;
  const options = JSON.parse(document.getElementById(button.dataset.options).textContent);
  const field = document.getElementById(button.dataset.field);
  const told = button.parentElement.querySelector("[data-key-told]");
  try {
    field.value = JSON.stringify(await globalThis.webauthnJSON[button.dataset.key](options));
  } catch (error) {
    if (told) told.textContent = told.dataset.failed;
    return;
  }
  if (told) told.textContent = told.dataset.keyTold;
  if (button.dataset.submit) field.form.requestSubmit();
});
}
