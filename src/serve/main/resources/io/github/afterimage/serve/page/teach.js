// Lessons: the picture becomes a key of the memory, and undo removes it, or gives its place back to the key that it replaced.
import * as api from "./api.js";
import { agrees } from "./question.js";
import { count, element, percent } from "./text.js";

const form = document.getElementById("teach");
const field = document.getElementById("label");
const remember = document.getElementById("remember");
const undo = document.getElementById("undo");
const hint = document.getElementById("hint");
const change = document.getElementById("change");
/** The lessons of this page, the last one at the end. */
const lessons = [];
let index = null;

/**
 * Connects the form.
 *
 * @param actions subject() gives model and picture; learned(label, subject, replaced, effect) and undone(ids, effect) run after a change; failed(problem)
 *   after a refusal
 */
export function connect(actions) {
  field.addEventListener("input", describe);
  form.addEventListener("submit", event => {
    event.preventDefault();
    busy(async () => {
      const subject = actions.subject();
      const label = named(field.value.trim());
      if (label === "") {
        field.value = "";
        field.reportValidity();
        return;
      }
      const taught = await teach(subject, label);
      if (taught !== null) {
        taught.replaced.forEach(id => forgotten(subject.model, id));
        lessons.push({ model: subject.model, label, ids: taught.ids, former: taught.former });
        await actions.learned(label, subject, taught.replaced, taught.effect);
      }
    }, actions.failed);
  });
  undo.addEventListener("click", () => busy(async () => {
    const { model, ids, former } = lessons.at(-1);
    const { effect } = former ? await api.teach(model, former.picture, former.label, { replace: true }) : await api.remove(model, ids);
    lessons.pop();
    await actions.undone(ids, effect);
  }, actions.failed));
}

/**
 * Returns the ids of the new keys and of those that they replace, the effect, and the picture and label of the first of those; null if the
 * user keeps what is remembered.
 */
async function teach({ model, picture }, label) {
  const parameters = { new_class: isNew(label) };
  try {
    return { ...await api.teach(model, picture, label, parameters), replaced: [] };
  } catch (problem) {
    const { class: remembered, ids } = problem.fields ?? {};
    if (remembered === undefined) {
      throw problem;
    }
    const [key] = (await api.keys(model, { from: ids[0], limit: 1 })).keys;
    if (!await agrees(`This picture is already remembered as “${remembered}”: replace it by “${label}”?`, "Replace")) {
      return null;
    }
    const taught = await api.teach(model, picture, label, { ...parameters, replace: true });
    return { ...taught, replaced: ids, former: { label: remembered, picture: { ...picture, name: key?.name ?? picture.name } } };
  }
}

/** Does one change at a time; the buttons stay enabled, because a disabled one loses the focus. */
async function busy(work, failed) {
  if (form.ariaBusy === "true") {
    return;
  }
  form.ariaBusy = "true";
  try {
    await work();
  } catch (problem) {
    failed(problem);
  } finally {
    form.ariaBusy = "false";
    describe();
  }
}

/** Shows the classes of an index as it is now. */
export function begin(description) {
  index = description;
  document.getElementById("classes").replaceChildren(...names().map(name => element("option", { value: name })));
  describe();
}

/** Learns that a key is removed, so that it cannot be undone. */
export function forgotten(model, id) {
  const place = lessons.findIndex(lesson => lesson.model === model && lesson.ids.includes(id));
  if (place >= 0) {
    lessons.splice(place, 1);
  }
}

function names() {
  return index.classes.filter(each => !each.spare).map(each => each.name);
}

/** Returns the name of a class; the server takes its number too. */
function named(label) {
  return /^\d+$/.test(label) && !names().includes(label) ? index.classes[Number(label)]?.name ?? label : label;
}

function isNew(label) {
  return label !== "" && !names().includes(label);
}

/** Says what the buttons will do. */
function describe() {
  const spare = index.classes.filter(each => each.spare).length;
  const label = named(field.value.trim());
  const unknown = isNew(label);
  if (lessons.length === 0 && document.activeElement === undo) {
    field.focus();
  }
  undo.hidden = lessons.length === 0;
  undo.textContent = lessons.length === 0 ? "Undo" : `Undo “${lessons.at(-1).label}”`;
  remember.disabled = !index.writable || (unknown && spare === 0);
  if (!index.writable) {
    hint.textContent = `This index cannot be taught: ${index.reason ?? "it is read-only"}.`;
  } else if (label !== field.value.trim()) {
    hint.textContent = `Class ${field.value.trim()} is “${label}”.`;
  } else if (!unknown) {
    hint.textContent = spare > 0
      ? `One of ${count(names().length)} classes, or a new name: there is room for ${spare}.`
      : `One of ${count(names().length)} classes.`;
  } else if (spare > 0) {
    hint.textContent = `A new class. The network does not know it and gives it 0${"\u202f"}%, so only the memory can name it.`;
  } else {
    hint.textContent = "The index has no such class, and no room for a new one: remove all keys of one that was new, or build it with --spare-classes N.";
  }
}

/** Tells how a lesson changed the answer, and those to the pictures of the tuning if the server tells it. */
export function showChange(label, before, after, effect) {
  show([sentence(label, of(before, label), of(after, label)), told(effect)]);
}

/**
 * Tells what a change does to the answers to the pictures of the tuning; hides the sentences if the server does not tell it.
 *
 * @param more sentence before
 */
export function showEffect(effect, more = "") {
  show([more, told(effect)]);
}

function show(sentences) {
  change.textContent = sentences.filter(each => each !== "").join(" ");
  change.hidden = change.textContent === "";
}

function told(effect) {
  if (effect === undefined) {
    return "";
  }
  const { pictures, more_right: more, fewer_right: fewer } = effect;
  const outcome = more + fewer === 0 ? "none changes" : `${count(more)} more ${more === 1 ? "is" : "are"} right now and ${count(fewer)} fewer`;
  return `Of ${count(pictures)} pictures that the index was tuned with, ${outcome}.`;
}

function of(classes, label) {
  return classes.find(each => each.name === label) ?? { memory: 0, probability: 0, network: 0 };
}

function sentence(label, before, after) {
  const memory = `The memory gives “${label}” ${compared(after.memory, before.memory)}`;
  return after.network === null
    ? `${memory}.`
    : `${memory}; together they give it ${compared(after.probability, before.probability)}.`;
}

function compared(after, before) {
  return percent(after) === percent(before) ? `${percent(after)}, as before` : `${percent(after)} instead of ${percent(before)}`;
}
