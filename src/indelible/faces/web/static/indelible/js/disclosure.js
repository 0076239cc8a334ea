// Filters and "why" cards (details[data-pick]): one open at a time, Escape and a click elsewhere close them.
const open = () => document.querySelectorAll("details[data-pick][open]");

document.addEventListener("click", (event) => {
  for (const one of open()) if (!one.contains(event.target)) one.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const one of open()) {
    one.open = false;
    if (one.contains(document.activeElement)) one.querySelector("summary").focus();
  }
});
