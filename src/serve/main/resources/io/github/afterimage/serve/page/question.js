// Asks before a change that loses something.

/**
 * Returns whether the user agrees.
 *
 * @param yes the text of the button that does it
 */
export function agrees(question, yes) {
  const dialog = document.getElementById("question");
  document.getElementById("question-text").textContent = question;
  document.getElementById("question-yes").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise(resolve => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
