// Dates are typed as ISO text; a button opens the browser's own calendar and its choice is written back as ISO.
for (const button of document.querySelectorAll("[data-calendar-open]")) button.hidden = false;

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-calendar-open]")?.closest(".i-date");
  if (!box) return;
  const calendar = box.querySelector("[data-calendar]");
  calendar.value = box.querySelector("[data-date]").value.trim().replace(" ", "T");
  calendar.showPicker();
});

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-calendar]")) return;
  const typed = event.target.closest(".i-date").querySelector("[data-date]");
  typed.value = event.target.value.replace("T", " ");
  typed.dispatchEvent(new Event("input", { bubbles: true }));
});
