// Authored text: a toolbar that writes marks, shortcuts, and the tabs of a narrow screen. The preview is the server's.
const WRAPS = { bold: "**", italic: "*" };
const STARTS = { numbers: (at) => `${at + 1}. `, bullets: () => "- " };
const STARTED = /^(?:[-*+] |\d+[.)] )/;
const TABLE = "| Column | Column |\n|---|---|\n|  |  |\n|  |  |\n";
const PICTURE = /\.(?:png|jpe?g)$/i;

// Written as if typed, so that the browser's own undo takes it back.
function put(area, text, from = area.selectionStart, to = area.selectionEnd) {
  area.focus();
  area.setSelectionRange(from, to);
  if (document.execCommand("insertText", false, text)) return;
  area.setRangeText(text, from, to, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function wrap(area, mark) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  const words = value.slice(from, to);
  const wide = mark.length;
  const inside = value.slice(from - wide, from) === mark && value.slice(to, to + wide) === mark;
  if (inside && !(mark === "*" && value.slice(from - 2, from) === "**")) {
    put(area, words, from - wide, to + wide);
    return area.setSelectionRange(from - wide, to - wide);
  }
  put(area, `${mark}${words}${mark}`);
  area.setSelectionRange(from + wide, to + wide);
}

function lines(area, change) {
  const { value } = area;
  const from = value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  const end = value.indexOf("\n", area.selectionEnd);
  const to = end < 0 ? value.length : end;
  const text = change(value.slice(from, to).split("\n")).join("\n");
  put(area, text, from, to);
  area.setSelectionRange(from + text.length, from + text.length);
}

function heading([first, ...rest]) {
  const level = first.match(/^(#{1,6}) /)?.[1].length ?? 1;
  const words = first.replace(/^#{1,6} /, "");
  return [level >= 4 ? words : `${"#".repeat(level + 1)} ${words}`, ...rest];
}

// Empty lines between the items of a list stay empty, and what is a list already becomes plain again.
function list(kind) {
  return (all) => {
    const written = all.length > 1 ? all.filter(Boolean) : all;
    const has = written.every((line, at) => line.startsWith(STARTS[kind](at)));
    let at = 0;
    return all.map((line) => {
      if (!written.includes(line)) return line;
      return (has ? "" : STARTS[kind](at++)) + line.replace(STARTED, "");
    });
  };
}

// A block of its own: an empty line before and after, unless there is one.
function block(area, text) {
  const before = area.value.slice(0, area.selectionStart);
  const gap = !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  put(area, gap + text);
}

function write(area, what) {
  if (WRAPS[what]) wrap(area, WRAPS[what]);
  else if (what === "heading") lines(area, heading);
  else if (STARTS[what]) lines(area, list(what));
  else block(area, TABLE);
}

// A dialog that closes gives the focus back and forgets where the text was being written.
const carets = new WeakMap();

function ask(rich, area, what) {
  const dialog = rich.querySelector(`[data-rich-ask="${what}"]`);
  carets.set(dialog, [area.selectionStart, area.selectionEnd]);
  const choice = dialog.querySelector("select");
  if (choice) {
    const kept = [...rich.closest("form").querySelectorAll("[data-file]:checked")].map((box) => box.dataset.file);
    const names = [...new Set(kept.filter((name) => PICTURE.test(name)))];
    choice.replaceChildren(...names.map((name) => new Option(name)));
    dialog.querySelector("[data-rich-put]").disabled = !names.length;
  }
  for (const input of dialog.querySelectorAll("input")) input.value = "";
  dialog.showModal();
  (choice ?? dialog.querySelector("input")).focus();
}

function answer(rich, area, dialog) {
  const [first, caption] = dialog.querySelectorAll("select, input");
  dialog.close();
  const said = first.value.trim();
  area.focus();
  area.setSelectionRange(...carets.get(dialog));
  if (!said) return;
  if (dialog.dataset.richAsk === "record") return put(area, said);
  const words = (caption.value.trim() || said).replace(/[[\]\\\n]/g, " ");
  block(area, `![${words}](${encodeURIComponent(said)})\n`);
}

// One stop for Tab; the arrows go from button to button.
function rove(bar) {
  const buttons = [...bar.querySelectorAll("button")];
  bar.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(event.target);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    const to = buttons[(next + buttons.length) % buttons.length];
    for (const one of buttons) one.tabIndex = one === to ? 0 : -1;
    to.focus();
  });
}

const KEYS = { b: "bold", i: "italic" };
function shortcut(event) {
  if (!(event.ctrlKey || event.metaKey)) return null;
  if (event.altKey) return { KeyH: "heading", KeyL: "record" }[event.code] ?? null;
  if (event.shiftKey) return { Digit7: "numbers", Digit8: "bullets" }[event.code] ?? null;
  return KEYS[event.key.toLowerCase()] ?? null;
}

for (const rich of document.querySelectorAll("[data-rich]")) {
  const area = rich.querySelector("textarea");
  const act = (what) => (rich.querySelector(`[data-ask="${what}"]`) ? ask(rich, area, what) : write(area, what));
  rich.dataset.rich = "on";
  rich.querySelector("[data-rich-head]").hidden = false;
  const plain = rich.querySelector("[data-rich-plain]");
  if (plain) plain.hidden = true;
  rove(rich.querySelector("[role=toolbar]"));
  area.addEventListener("keydown", (event) => {
    const what = shortcut(event);
    if (!what) return;
    event.preventDefault();
    act(what);
  });
  rich.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const dialog = button?.closest("dialog");
    if (!button) return;
    if (button.dataset.put || button.dataset.ask) act(button.dataset.put ?? button.dataset.ask);
    else if ("richClose" in button.dataset) {
      dialog.close();
      area.focus();
      area.setSelectionRange(...carets.get(dialog));
    }
    else if ("richPut" in button.dataset) answer(rich, area, dialog);
    else if (button.dataset.show) {
      rich.toggleAttribute("data-reading", button.dataset.show === "read");
      for (const one of rich.querySelectorAll("[data-show]")) one.setAttribute("aria-pressed", String(one === button));
    }
  });
  rich.addEventListener("keydown", (event) => {
    const dialog = event.target.closest("dialog");
    if (event.key !== "Enter" || !dialog || event.target.matches("button")) return;
    event.preventDefault(); // Enter here would send the whole form
    const go = dialog.querySelector("[data-rich-put]");
    if (!go.disabled) answer(rich, area, dialog);
  });
  // What is attached or left out changes which pictures the text can show.
  rich.closest("form").addEventListener("input", (event) => {
    if (event.target.closest(".i-drop") || event.target.matches("[data-file]")) area.dispatchEvent(new Event("preview"));
  });
}
