// Pictures at hand: those that were taught, others that the index keeps small copies of, and a few drawings.
import * as api from "./api.js";
import * as sketches from "./sketches.js";
import { element } from "./text.js";

const COPIES = 12;
const SIDE = 224;
/** Names of taught pictures begin with this folder, so that a later visit finds them. */
export const FOLDER = "taught/";

/**
 * Shows the pictures of a model.
 *
 * @param size [width, height] if the network takes this size only, else null
 * @param take receives a file when the user takes a picture
 */
export async function show(model, size, take) {
  const taught = await api.keys(model, { name: `${FOLDER}*`, limit: 1000 });
  const first = await api.keys(model, { limit: 100 });
  const copies = [...taught.reverse(), ...first.filter(key => !key.name.startsWith(FOLDER))].filter(key => key.thumbnail);
  const drawn = await sketches.all(size ?? [SIDE, SIDE]);
  document.getElementById("at-hand-list").replaceChildren(
    ...copies.slice(0, COPIES).map(key => copy(model, key, take)),
    ...drawn.map(file => item(file.name, URL.createObjectURL(file), () => take(file))));
}

function copy(model, { id, name, class: className }, take) {
  const source = api.thumbnail(model, id);
  const title = (name || `key ${id}`).replace(FOLDER, "");
  return item(`${title}, remembered as ${className}`, source, async () => {
    const blob = await (await fetch(source)).blob();
    take(new File([blob], title, { type: blob.type }));
  });
}

function item(title, source, action) {
  const image = element("img", { src: source, alt: "", className: "pixels" });
  const button = element("button", { type: "button", title, "aria-label": title }, image);
  button.addEventListener("click", action);
  return element("li", {}, button);
}
