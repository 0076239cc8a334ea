// Rows of a table field: added from the template beside it, removed by their button.
// Without script the button "add a row" sends the form and the server answers with one row more.
const reveal = (root) => {
  for (const button of root.querySelectorAll("[data-row-remove], [data-calendar-open]")) button.hidden = false;
};

function add(button) {
  const field = button.closest("fieldset");
  const table = field.querySelector("[data-rows]");
  const html = field.querySelector("template").innerHTML.replaceAll("__row__", table.dataset.next);
  table.dataset.next = Number(table.dataset.next) + 1;
  table.tBodies[0].insertAdjacentHTML("beforeend", html);
  const row = table.tBodies[0].lastElementChild;
  reveal(row);
  row.querySelector("input, select, textarea")?.focus();
}

document.addEventListener("click", (event) => {
  const adds = event.target.closest("[data-row-add]");
  if (adds) {
    event.preventDefault();
    add(adds);
  }
  const removes = event.target.closest("[data-row-remove]");
  if (!removes) return;
  const field = removes.closest("fieldset");
  removes.closest("tr").remove();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.querySelector("[data-row-add]").focus();
});

reveal(document);
