// Pictures at hand: those that were taught, others that the index keeps small copies of, and a few drawings.
import * as api from "./api.js";
import * as sketches from "./sketches.js";
import { element } from "./text.js";

const COPIES = 12;
const SIDE = 224;
/** Names of taught pictures begin with this folder, so that a later visit finds them. */
export const FOLDER = "taught/";

/**
 * Shows the pictures of a model, and those that were taught, the newest first.
 *
 * @param size [width, height] if the network takes this size only, else null
 * @param take receives a file when the user takes a picture
 * @param forget receives the id of a key that the user no longer wants; null if the index cannot be changed
 */
export async function show(model, size, take, forget) {
  const taught = await api.keys(model, { name: `${FOLDER}*`, limit: 1000 });
  const first = await api.keys(model, { limit: 100 });
  const copies = first.filter(key => key.thumbnail && !key.name.startsWith(FOLDER));
  const drawn = await sketches.all(size ?? [SIDE, SIDE]);
  document.getElementById("at-hand-list").replaceChildren(
    ...copies.slice(0, COPIES).map(key => element("li", {}, copy(model, key, take))),
    ...drawn.map(file => element("li", {}, drawing(file, take))));
  document.getElementById("taught").hidden = taught.length === 0;
  document.getElementById("taught-list").replaceChildren(...taught.reverse().map(key => lesson(model, key, take, forget)));
}

function lesson(model, key, take, forget) {
  const row = element("li", {}, key.thumbnail ? copy(model, key, take) : "", element("span", { text: key.class }));
  if (forget !== null) {
    const button = element("button", { type: "button", className: "plain", text: "Forget", "aria-label": `Forget ${titled(key)}` });
    button.addEventListener("click", () => forget(key.id));
    row.append(button);
  }
  return row;
}

function titled({ id, name, class: className }) {
  return `${(name || `key ${id}`).replace(FOLDER, "")}, remembered as ${className}`;
}

function copy(model, key, take) {
  const image = picture();
  const file = api.thumbnail(model, key.id, image);
  file.catch(() => {}); // the key has just been removed
  return item(titled(key), image, async () => {
    const blob = await file;
    take(new File([blob], key.name.replace(FOLDER, "") || `key ${key.id}`, { type: blob.type }));
  });
}

function drawing(file, take) {
  const image = picture();
  image.src = URL.createObjectURL(file);
  return item(file.name, image, () => take(file));
}

function picture() {
  return element("img", { alt: "", className: "pixels" });
}

function item(title, image, action) {
  const button = element("button", { type: "button", title, "aria-label": title }, image);
  button.addEventListener("click", action);
  return button;
}
