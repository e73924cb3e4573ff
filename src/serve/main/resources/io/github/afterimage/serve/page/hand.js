// Pictures at hand: drawings, remembered pictures of which the index keeps small copies, and those that were taught.
import * as api from "./api.js";
import * as drawings from "./drawings.js";
import { agrees } from "./question.js";
import { element } from "./text.js";

/** Classes that show a remembered picture. */
const COPIES = 12;
const SIDE = 224;
/** Names of taught pictures begin with this folder, so that a later visit finds them. */
export const FOLDER = "taught/";
/** Taught pictures that are listed. */
const NEWEST = 50;
/** Keys of a page of the server's list. */
const PAGE = 1000;
/** That folder, and in it the minute of the lesson. */
const LESSON = /^taught\/(?:(\d{4}-\d\d-\d\d \d\d:\d\d)\/)?/;

const list = document.getElementById("taught-list");
/** Loads pictures when they come into view. */
const view = new IntersectionObserver(entries => {
  for (const { target } of entries.filter(entry => entry.isIntersecting)) {
    view.unobserve(target);
    loads.get(target)();
  }
});
const loads = new WeakMap();
let model = null;
let actions = null;
/** The id from which to look for taught pictures. */
let from = 0;
/** The first of the remembered pictures that are shown. */
let first = null;

/** Returns the name of a picture that is taught now. */
export function lessonName(picture) {
  const now = new Date();
  const local = new Date(now - 60_000 * now.getTimezoneOffset()).toISOString();
  return `${FOLDER}${local.slice(0, 16).replace("T", " ")}/${picture}`;
}

/** Returns the name that a picture had before it was taught. */
export function pictureName(name) {
  return name.replace(LESSON, "");
}

/** Returns whether the index of a model keeps pictures that can be shown. */
export async function hasCopies(name) {
  return (await api.keys(name, { limit: 1 })).keys.some(key => key.thumbnail);
}

/**
 * Shows the pictures of a model.
 *
 * @param classes names of those that have keys
 * @param size [width, height] if the network takes this size only, else null
 * @param then take(file) when the user takes a picture; remove(id, erased) when a key is no longer wanted, null if the index cannot be changed
 */
export async function open(name, classes, size, then) {
  [model, actions, from, first] = [name, then, 0, null];
  list.replaceChildren();
  const drawn = await drawings.all(size ?? [SIDE, SIDE]);
  document.getElementById("at-hand-list").replaceChildren(...drawn.map(file => element("li", {}, drawing(file))));
  const copies = (await hasCopies(name)) ? await firstOfEach(classes.slice(0, COPIES)) : [];
  if (name !== model) {
    return; // another was chosen meanwhile
  }
  first = copies[0] ?? null;
  document.getElementById("remembered").hidden = copies.length === 0;
  document.getElementById("remembered-list").replaceChildren(...copies.map(key => element("li", {}, copy(key))));
  await refresh();
}

/**
 * Shows a remembered picture in an image.
 *
 * @returns its file and its class; null if the model keeps none that can be shown
 */
export async function example(image) {
  const key = first;
  return key === null ? null : { file: await file(key, image), label: key.class };
}

async function file(key, image) {
  const blob = await api.thumbnail(model, key.id, image);
  return new File([blob], pictureName(key.name) || `key ${key.id}`, { type: blob.type });
}

async function firstOfEach(classes) {
  const firsts = await Promise.all(classes.map(label => api.keys(model, { label, limit: 1 })));
  return firsts.flatMap(each => each.keys).filter(key => key.thumbnail && !key.name.startsWith(FOLDER));
}

/** Lists the pictures that were taught since the last call, the newest first. */
export async function refresh() {
  const name = model;
  let newest = [];
  for (let next = from; next !== null && name === model;) {
    const page = await api.keys(name, { name: `${FOLDER}*`, limit: PAGE, from: next });
    newest = [...newest, ...page.keys].slice(-NEWEST);
    from = page.next ?? Math.max(next, (page.keys.at(-1)?.id ?? -1) + 1);
    next = page.next;
  }
  if (name === model) {
    list.prepend(...newest.reverse().map(lesson));
    while (list.children.length > NEWEST) {
      list.lastChild.remove();
    }
    document.getElementById("taught").hidden = list.children.length === 0;
  }
}

/** Takes the rows of keys away that are no longer there. */
export function forgotten(ids) {
  for (const row of ids.map(id => list.querySelector(`[data-id="${id}"]`)).filter(Boolean)) {
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    const focused = row.contains(document.activeElement);
    row.remove();
    if (focused) {
      (neighbour?.querySelector(".plain") ?? document.getElementById("file")).focus();
    }
  }
  document.getElementById("taught").hidden = list.children.length === 0;
}

function lesson(key) {
  const row = element("li", { "data-id": key.id }, key.thumbnail ? copy(key) : "", 
    element("span", {}, key.class, element("small", { className: "quiet", text: LESSON.exec(key.name)?.[1] ?? "" })));
  if (actions.remove !== null) {
    row.append(change("Take back", key, () => actions.remove(key.id, false)), change("Forget", key, async () => {
      if (await agrees(`Forget ${titled(key)}? The index is saved without it, and no undo brings it back.`, "Forget")) {
        await actions.remove(key.id, true);
      }
    }));
  }
  return row;
}

function change(text, key, action) {
  const button = element("button", { type: "button", className: "plain", text, "aria-label": `${text} ${titled(key)}` });
  button.addEventListener("click", action);
  return button;
}

function titled({ id, name, class: className }) {
  return `${pictureName(name) || `key ${id}`}, remembered as ${className}`;
}

function copy(key) {
  const image = element("img", { alt: "" });
  let loaded = null;
  const load = () => {
    loaded ??= file(key, image);
    loaded.catch(() => {}); // the key has just been removed
    return loaded;
  };
  loads.set(image, load);
  view.observe(image);
  return item(titled(key), image, async () => actions.take(await load()));
}

function drawing(file) {
  const image = element("img", { alt: "", src: URL.createObjectURL(file) });
  return item(file.name, image, () => actions.take(file));
}

function item(title, image, action) {
  const button = element("button", { type: "button", title, "aria-label": title }, image);
  button.addEventListener("click", action);
  return button;
}
