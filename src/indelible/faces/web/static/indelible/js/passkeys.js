// Passkeys: a button asks the browser's keys for what the server wants to know, and sends the form with the answer.
const fail = (button, text) => {
  const form = button.closest("form");
  let note = form.querySelector("[data-passkey-note]");
  if (!note) {
    note = document.createElement("p");
    note.dataset.passkeyNote = "";
    note.className = "i-small";
    note.setAttribute("role", "alert");
    button.after(note);
  }
  note.textContent = text;
};

const answer = async (button) => {
  const publicKey = JSON.parse(button.dataset.options).publicKey;
  const creating = button.dataset.passkey === "create";
  const { PublicKeyCredential: Key, navigator: { credentials } } = window;
  const given = creating
    ? await credentials.create({ publicKey: Key.parseCreationOptionsFromJSON(publicKey) })
    : await credentials.get({ publicKey: Key.parseRequestOptionsFromJSON(publicKey) });
  return JSON.stringify(given.toJSON());
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-passkey]");
  if (!button) return;
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
    fail(button, "This browser, or this address, knows no passkeys: they need https and a name.");
    return;
  }
  button.disabled = true;
  try {
    const form = button.closest("form");
    form.elements.passkey.value = await answer(button);
    form.requestSubmit();
  } catch (problem) {
    fail(button, `No passkey was used: ${problem.message}`);
    button.disabled = false;
  }
});
