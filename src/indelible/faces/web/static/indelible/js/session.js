// Session: while somebody works the server hears of it once a minute; a minute before the lock a dialog offers to stay.
const KEY = "indelible.active";
const dialog = document.getElementById("session");

if (dialog) {
  const limit = Number(dialog.dataset.idleMinutes) * 60_000;
  const left = dialog.querySelector("[data-session-left]");
  let heard = Date.now();
  let here = Date.now();

  const last = () => {
    try { return Math.max(here, Number(localStorage.getItem(KEY))); } catch { return here; }
  };
  const stay = async () => {
    heard = Date.now();
    const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    const answer = await fetch(dialog.dataset.stayUrl, { method: "POST", headers: { "X-CSRFToken": token } }).catch(() => null);
    if (answer && !answer.ok) location.assign(dialog.dataset.lockedUrl);
  };
  const active = () => {
    if (dialog.open) return;
    here = Date.now();
    try { localStorage.setItem(KEY, String(here)); } catch { /* other tabs count for themselves */ }
    if (here - heard > 60_000) stay();
  };
  const tick = () => {
    const rest = Math.ceil((last() + limit - Date.now()) / 1000);
    left.textContent = `${Math.max(rest, 0)} s`;
    if (rest <= 0) location.assign(dialog.dataset.lockedUrl);
    else if (rest <= 60 && !dialog.open) dialog.showModal();
    else if (rest > 60 && dialog.open) dialog.close();
  };

  for (const kind of ["keydown", "pointerdown", "scroll"]) document.addEventListener(kind, active, { passive: true });
  dialog.addEventListener("close", () => { active(); stay(); });
  dialog.querySelector("[data-session-stay]").addEventListener("click", () => dialog.close());
  setInterval(tick, 1_000);
}
