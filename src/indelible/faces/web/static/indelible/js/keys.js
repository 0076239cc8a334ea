// Single keys: g then a letter goes, j and k move among rows and passages, / finds, ? shows the map, data-hotkey acts.
// They can be turned off (WCAG 2.1.4), and never work while somebody types or a dialog is open.
const KEY = "indelible.keys";
const ROWS = ".i-work__what, .i-table tbody a.i-id, .i-say";
let goUntil = 0;

const on = () => {
  try { return localStorage.getItem(KEY) !== "off"; } catch { return true; }
};

const busy = (event) =>
  event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented ||
  event.target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;

function go(letter) {
  const link = document.querySelector(`[data-key="${CSS.escape(letter)}"]`);
  link?.click();
}

function step(by) {
  const rows = [...document.querySelectorAll(ROWS)];
  const at = rows.indexOf(document.activeElement);
  rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)]?.focus();
}

function act(letter) {
  const target = document.querySelector(`[data-hotkey="${CSS.escape(letter)}" i]`);
  target?.click();
  return Boolean(target);
}

document.addEventListener("keydown", (event) => {
  if (busy(event) || event.key.length !== 1 || !on()) return;
  const letter = event.key.toLowerCase();
  const going = Date.now() < goUntil;
  goUntil = 0;
  if (going) go(letter);
  else if (letter === "g") goUntil = Date.now() + 1200;
  else if (letter === "j") step(1);
  else if (letter === "k") step(-1);
  else if (letter === "?") document.getElementById("keys")?.showModal();
  else if (letter === "/") {
    event.preventDefault();
    document.querySelector("[data-find]")?.focus();
  } else act(letter);
});

const toggle = document.querySelector("[data-keys-switch]");
if (toggle) {
  toggle.checked = on();
  toggle.addEventListener("change", () => {
    try { localStorage.setItem(KEY, toggle.checked ? "on" : "off"); } catch { toggle.checked = true; }
  });
}
