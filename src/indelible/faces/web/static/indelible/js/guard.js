// Guard: leaving a form (data-guard) with text that neither the record nor a draft has asks first.
const lines = (form) => [...new FormData(form)].map(([name, value]) => `${name}=${value.name ?? value}`).join("\n");

for (const form of document.querySelectorAll("form[data-guard]")) {
  let kept = lines(form);
  let leaving = false;

  form.addEventListener("draft:kept", () => { kept = lines(form); });
  form.addEventListener("submit", (event) => { leaving ||= !event.defaultPrevented; });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && lines(form) !== kept) event.preventDefault();
  });
}
