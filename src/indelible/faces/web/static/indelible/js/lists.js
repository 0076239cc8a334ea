// Lists: acts on several rows, narrowing a list of boxes, and tables that scroll with the keyboard.
for (const form of document.querySelectorAll("form[data-bulk]")) {
  const bar = form.querySelector("[data-bulk-bar]");
  const count = form.querySelector("[data-bulk-count]");
  const all = form.querySelector("[data-all]");
  const rows = [...form.querySelectorAll("[data-row]")];

  const show = () => {
    const chosen = rows.filter((row) => row.checked).length;
    bar.hidden = chosen === 0;
    count.textContent = `${chosen} chosen`;
    all.checked = chosen > 0 && chosen === rows.length;
    all.indeterminate = chosen > 0 && chosen < rows.length;
  };
  form.addEventListener("change", (event) => {
    if (event.target === all) for (const row of rows) row.checked = all.checked;
    show();
  });
  show();
}

for (const input of document.querySelectorAll("[data-narrow]")) {
  const boxes = [...document.getElementById(input.dataset.narrow).children];
  input.hidden = false;
  input.addEventListener("input", () => {
    const words = input.value.trim().toLowerCase();
    for (const box of boxes) {
      box.hidden = !box.textContent.toLowerCase().includes(words) && !box.querySelector(":checked");
    }
  });
}

const scrolls = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const region of document.querySelectorAll("[data-scroll]")) scrolls.observe(region);
