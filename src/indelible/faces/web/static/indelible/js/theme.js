// Theme: the system's, light or dark, kept on this device. A classic script, so that it runs before the first paint.
(() => {
  const KEY = "indelible.theme";
  const NEXT = { system: "light", light: "dark", dark: "system" };
  const root = document.documentElement;

  const kept = () => {
    try { return localStorage.getItem(KEY); } catch { return null; }
  };
  const current = () => (kept() in NEXT ? kept() : "system");

  const show = (theme) => {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const name of document.querySelectorAll("[data-theme-name]")) name.textContent = `Theme: ${theme}`;
  };

  show(current());
  document.addEventListener("DOMContentLoaded", () => {
    show(current());
    for (const button of document.querySelectorAll("[data-theme-toggle]")) button.hidden = false;
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const theme = NEXT[current()];
    try { localStorage.setItem(KEY, theme); } catch { /* a browser that keeps nothing: only this page */ }
    show(theme);
  });
})();
