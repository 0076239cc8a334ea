// Dialogs: opened by name, closed by button, or sent by the server into #dialogs with data-open.
// The focus goes to the heading (data-focus), never to a button that acts.
const arrivals = document.getElementById("dialogs");
let opener = null;

function show(dialog) {
  if (dialog.open) return;
  if (!document.activeElement.closest("dialog")) opener = document.activeElement;
  dialog.showModal();
  dialog.querySelector("[data-focus]")?.focus();
}

function showArrived() {
  const dialog = arrivals?.querySelector("dialog[data-open]");
  if (dialog) show(dialog);
}

for (const button of document.querySelectorAll("[data-dialog-open]")) {
  button.hidden = !document.getElementById(button.dataset.dialogOpen);
}

document.addEventListener("click", (event) => {
  const open = event.target.closest("[data-dialog-open]");
  if (open) show(document.getElementById(open.dataset.dialogOpen));
  const close = event.target.closest("[data-dialog-close]");
  const dialog = close?.closest("dialog");
  if (dialog) {
    event.preventDefault();
    dialog.close();
  }
  if (event.target.closest("[data-print]")) window.print();
});

// "close" does not bubble: listen while it comes down
document.addEventListener("close", (event) => {
  const dialog = event.target;
  if (!(dialog instanceof HTMLDialogElement)) return;
  if ("reload" in dialog.dataset) return location.reload();
  if (arrivals?.contains(dialog)) dialog.remove();
  if (opener?.isConnected) opener.focus();
}, true);

if (arrivals) new MutationObserver(showArrived).observe(arrivals, { childList: true });
showArrived();
document.querySelector("main [data-focus]")?.focus();
