// Uploads: each file goes at once to data-upload-url and says its share; the answer is a row with the file's hash.
// Without script the same input is sent with the form.
const MEGA = 1024 * 1024;
const pending = new Set();

const size = (bytes) => `${(bytes / MEGA).toFixed(1)} MB`;

function line(drop, file) {
  const row = document.createElement("div");
  const text = document.createElement("span");
  const bar = document.createElement("progress");
  row.className = "i-upload";
  text.textContent = file.name;
  Object.assign(bar, { className: "i-progress", max: 100, value: 0 });
  bar.setAttribute("aria-label", file.name);
  row.append(text, bar);
  drop.append(row);
  return { row, text, bar };
}

function fail(shown, file, words) {
  shown.bar.remove();
  shown.text.className = "i-error";
  shown.text.textContent = words.startsWith(file.name) ? words : `${file.name}: ${words}`;
}

function send(drop, file) {
  const shown = line(drop, file);
  const request = new XMLHttpRequest();
  const body = new FormData();
  body.append("name", drop.dataset.uploadName);
  body.append("file", file);
  body.append("csrfmiddlewaretoken", drop.closest("form").elements.csrfmiddlewaretoken?.value ?? "");
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    const share = Math.round((100 * loaded) / total);
    shown.bar.value = share;
    shown.text.textContent = `${file.name}: ${share} %, ${size(loaded)} of ${size(total)}`;
  });
  request.addEventListener("loadend", () => {
    pending.delete(request);
    if (request.status === 200) {
      document.getElementById(drop.dataset.uploadInto).insertAdjacentHTML("beforeend", request.responseText);
      shown.row.remove();
      drop.dispatchEvent(new Event("input", { bubbles: true }));
    } else {
      const told = request.getResponseHeader("Content-Type")?.startsWith("text/plain");
      fail(shown, file, told ? request.responseText : "not kept, no answer from the server. Choose it again.");
    }
  });
  pending.add(request);
  request.open("POST", drop.dataset.uploadUrl);
  request.send(body);
}

for (const drop of document.querySelectorAll("[data-upload-url]")) {
  const input = drop.querySelector("input[type=file]");
  const over = (is) => (event) => {
    event.preventDefault();
    drop.toggleAttribute("data-over", is);
  };
  input.addEventListener("change", () => {
    for (const file of input.files) send(drop, file);
    input.value = "";
  });
  drop.addEventListener("dragover", over(true));
  drop.addEventListener("dragleave", over(false));
  drop.addEventListener("drop", (event) => {
    over(false)(event);
    for (const file of event.dataTransfer.files) send(drop, file);
  });
  drop.closest("form").addEventListener("submit", (event) => {
    if (!pending.size) return;
    event.preventDefault();
    const status = event.target.querySelector("[data-draft-status]");
    if (status) status.textContent = "A file is still on its way. Send again when it is here.";
  }, true);
}
