// The remembered pictures that are most like the one asked about, with their shares within their classes.
import * as api from "./api.js";
import { FOLDER, pictureName } from "./hand.js";
import { count, element, percent } from "./text.js";

const list = document.getElementById("neighbors");
const legend = document.getElementById("legend");
const SHARE = "The percentage is a picture's part of what the remembered pictures of its class say.";
const NO_COPY = "A box stands for a picture of which this index keeps no copy, only its key; a picture that is taught has one.";

/** Shows the nearest keys of an answer, the nearest first. */
export function show(model, neighbors) {
  document.getElementById("decided").hidden = neighbors.length === 0;
  list.replaceChildren(...neighbors.map(each => tile(model, each)));
  legend.textContent = SHARE + (neighbors.every(each => each.thumbnail) ? "" : ` ${NO_COPY}`);
}

function tile(model, { id, name, class: className, score, share, thumbnail }) {
  const taught = name.startsWith(FOLDER);
  const title = pictureName(name) || `key ${count(id)}`;
  const copy = thumbnail
    ? element("img", { className: "copy", alt: shortened(title) })
    : element("div", { className: "copy", text: shortened(title) });
  if (thumbnail) {
    api.thumbnail(model, id, copy).catch(() => {}); // the key has just been removed
  }
  const bar = element("span", { className: "bar" }, element("i"));
  bar.firstChild.style.width = `${100 * share}%`;
  return element("li", { className: taught ? "taught" : "", title },
    copy, bar,
    element("span", { className: "share", text: `${percent(share)} of ${className}` }),
    element("small", { text: `similarity ${Math.min(1, score).toFixed(3)}` }),
    taught ? element("small", { text: "taught here" }) : "");
}

/** Keeps the end of a long name, which tells pictures of a folder apart. */
function shortened(name) {
  return name.length <= 36 ? name : `…${name.slice(-35)}`;
}
