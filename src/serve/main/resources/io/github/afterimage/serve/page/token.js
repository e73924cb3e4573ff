// Asks for the token that the server wants before it changes its index.

/**
 * Returns the token, or null if the user cancels.
 *
 * @param again true if the server did not accept the former one
 */
export function askForToken(again) {
  const dialog = document.getElementById("token-dialog");
  const field = document.getElementById("token");
  field.value = "";
  document.getElementById("token-refused").hidden = !again;
  dialog.returnValue = "";
  document.getElementById("token-cancel").onclick = () => dialog.close("");
  document.getElementById("token-form").onsubmit = event => {
    event.preventDefault();
    dialog.close("given");
  };
  dialog.showModal();
  return new Promise(resolve => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "given" ? field.value.trim() : null), { once: true });
  });
}
