// A redline: N and P go from change to change, and a section is ticked as viewed without loading the page again.
const shown = () => [...document.querySelectorAll("[data-change]")].filter((one) => one.checkVisibility());
let at = -1;

for (const jumps of document.querySelectorAll("[data-jumps]")) jumps.hidden = false;

document.addEventListener("click", (event) => {
  const jump = event.target.closest("[data-jump]");
  const changes = jump ? shown() : [];
  if (!changes.length) return;
  const here = changes.indexOf(document.activeElement);
  at = (here < 0 ? at : here) + Number(jump.dataset.jump);
  at = Math.min(Math.max(at, 0), changes.length - 1);
  changes[at].focus({ preventScroll: true });
  changes[at].scrollIntoView({ block: "center" });
});

document.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (event.target.id !== "tick" || !button) return;
  event.preventDefault();
  const body = new FormData(event.target, button);
  const answer = await fetch(event.target.action, { method: "POST", body });
  if (!answer.ok) return event.target.submit();
  const on = button.name === "tick";
  button.name = on ? "untick" : "tick";
  button.setAttribute("aria-pressed", String(on));
  button.closest(".i-sec").toggleAttribute("data-viewed", on);
  const count = document.querySelector("[data-viewed-count]");
  if (count) count.textContent = document.querySelectorAll(".i-sec[data-viewed]").length;
});
