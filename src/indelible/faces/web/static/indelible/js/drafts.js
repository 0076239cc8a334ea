// Drafts: what somebody types is sent to data-draft-url two seconds after the last key, five after the first.
// "Draft kept" appears only when the server has answered with its time; files and passwords are never sent.
const QUIET = 2_000;
const LONGEST = 5_000;

const SMALL = 60_000; // the browser lets no larger body outlive its page

function content(form) {
  const data = new FormData(form);
  for (const field of form.querySelectorAll("input[type=file], input[type=password]")) data.delete(field.name);
  return new URLSearchParams(data);
}

function watch(form) {
  const status = form.querySelector("[data-draft-status]");
  let timer = 0;
  let firstAt = 0;
  let sent = false;

  const say = (text, bad = false) => {
    if (!status) return;
    status.textContent = text;
    status.toggleAttribute("data-bad", bad);
    status.setAttribute("role", bad ? "alert" : "none");
  };

  const keep = async () => {
    clearTimeout(timer);
    firstAt = 0;
    try {
      const body = content(form);
      const keepalive = document.hidden && String(body).length < SMALL;
      const answer = await fetch(form.dataset.draftUrl, { method: "POST", body, keepalive });
      if (answer.status === 401 || answer.status === 403) return say("Not kept: you are signed out. Sign in in another tab; your text stays here.", true);
      const said = await answer.json();
      if (!answer.ok) return say(said.say || "Draft not kept.", true);
      const others = said.others || [];
      say(`Draft kept ${said.at}${others.length ? `. ${others.join(" and ")} ${others.length > 1 ? "are" : "is"} editing this too` : ""}`);
      form.dispatchEvent(new CustomEvent("draft:kept", { bubbles: true }));
    } catch {
      say("Draft not kept: no answer from the server. Trying again.", true);
      later();
    }
  };

  const later = () => {
    if (sent) return;
    firstAt ||= Date.now();
    clearTimeout(timer);
    timer = setTimeout(keep, Math.max(0, Math.min(QUIET, firstAt + LONGEST - Date.now())));
  };

  form.addEventListener("input", later);
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    sent = true;
    clearTimeout(timer);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && firstAt && !sent) keep();
  });
}

for (const form of document.querySelectorAll("form[data-draft-url]")) watch(form);
