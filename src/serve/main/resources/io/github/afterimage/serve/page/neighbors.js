// The remembered pictures that decided, with their shares of the vote.
import * as api from "./api.js";
import { FOLDER } from "./hand.js";
import { count, element, percent, plural } from "./text.js";

const list = document.getElementById("neighbors");
const others = document.getElementById("others");
const NO_COPY = "A box stands for a picture of which this index keeps no copy, only its key; a picture that is taught has one.";

/** Shows the nearest keys of an answer, that with the greatest share of the vote first. */
export function show(model, neighbors, keys) {
  document.getElementById("decided").hidden = neighbors.length === 0;
  list.replaceChildren(...neighbors.toSorted((a, b) => b.share - a.share).map(each => tile(model, each)));
  const shown = neighbors.reduce((sum, each) => sum + each.share, 0);
  const left = keys - neighbors.length;
  const rest = `The other ${plural(left, "picture")} ${left === 1 ? "has" : "have"} ${percent(Math.max(0, 1 - shown))} of the vote.`;
  others.textContent = [
    left === 0 ? "" : `These are the most similar ones, in the order of their votes. ${rest}`,
    neighbors.every(each => each.thumbnail) ? "" : NO_COPY
  ].filter(Boolean).join(" ");
}

function tile(model, { id, name, class: className, score, share, thumbnail }) {
  const taught = name.startsWith(FOLDER);
  const title = name.replace(FOLDER, "") || `key ${count(id)}`;
  const copy = thumbnail
    ? element("img", { className: "copy", alt: shortened(title) })
    : element("div", { className: "copy", text: shortened(title) });
  if (thumbnail) {
    api.thumbnail(model, id, copy).catch(() => {}); // the key has just been removed
  }
  const bar = element("span", { className: "bar" }, element("i", { className: "from-memory" }));
  bar.firstChild.style.width = `${100 * share}%`;
  return element("li", { className: taught ? "taught" : "", title },
    copy, bar,
    element("span", { className: "share", text: percent(share) }),
    element("span", { text: className }),
    element("small", { text: `similarity ${Math.min(1, score).toFixed(3)}` }),
    taught ? element("small", { text: "taught here" }) : "");
}

/** Keeps the end of a long name, which tells pictures of a folder apart. */
function shortened(name) {
  return name.length <= 36 ? name : `…${name.slice(-35)}`;
}
