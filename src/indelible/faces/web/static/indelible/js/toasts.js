// Toasts repeat what was committed. The server sends the event "toast" {text, url?, link?} (HX-Trigger), never the page itself.
const place = document.getElementById("toasts");
const blank = document.getElementById("toast");
const STAY = 12_000;

function leave(toast) {
  if (toast.matches(":hover, :focus-within")) setTimeout(leave, STAY, toast);
  else toast.remove();
}

function say({ text, url, link }) {
  const toast = blank.content.firstElementChild.cloneNode(true);
  toast.querySelector("[data-toast-text]").textContent = text;
  const anchor = toast.querySelector("[data-toast-link]");
  if (url) Object.assign(anchor, { href: url, textContent: link || "See" });
  else anchor.remove();
  place.append(toast);
  setTimeout(leave, STAY, toast);
}

if (place && blank) {
  for (const toast of place.children) setTimeout(leave, STAY, toast);
  document.addEventListener("toast", (event) => say(event.detail));
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-toast-close]")) event.target.closest(".i-toast").remove();
  });
}
