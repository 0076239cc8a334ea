// Palette: Ctrl-K or Cmd-K, results as a fragment from the server, the keyboard moves among them.
const palette = document.getElementById("palette");

if (palette) {
  const input = palette.querySelector("input");
  const results = document.getElementById("palette-results");
  const status = palette.querySelector("[data-palette-status]");
  const options = () => [...results.querySelectorAll("[role=option][href]")];
  let request = null;
  let wait = 0;

  const choose = (option) => {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  };
  const chosen = () => results.querySelector("[aria-selected=true]");

  const search = async () => {
    request?.abort();
    request = new AbortController();
    const url = `${palette.dataset.paletteUrl}?q=${encodeURIComponent(input.value)}`;
    try {
      const answer = await fetch(url, { signal: request.signal, headers: { "HX-Request": "true" } });
      if (!answer.ok) throw new Error(answer.status);
      results.innerHTML = await answer.text();
      choose(options()[0]);
      status.textContent = `${options().length} results`;
    } catch (failure) {
      if (failure.name !== "AbortError") status.textContent = results.textContent = "No answer from the server. Enter looks on the find page.";
    }
  };

  const open = () => {
    if (palette.open) return;
    palette.showModal();
    input.select();
    search();
  };

  const move = (step) => {
    const all = options();
    if (all.length) choose(all[(all.indexOf(chosen()) + step + all.length) % all.length]);
  };

  input.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(search, 60);
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      move(step);
    } else if (event.key === "Enter" && chosen()) {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) window.open(chosen().href, "_blank", "noopener");
      else chosen().click();
    }
  });
  results.addEventListener("pointermove", (event) => {
    const option = event.target.closest("[role=option][href]");
    if (option && option !== chosen()) choose(option);
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-palette-open]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    document.getElementById("nav")?.hidePopover?.();
    open();
  });
}
