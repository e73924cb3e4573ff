// Connects the parts of the page: a picture and the sliders go to the server, its answer goes to the bars and the neighbours.
import * as api from "./api.js";
import * as bars from "./bars.js";
import * as figures from "./figures.js";
import * as hand from "./hand.js";
import * as neighbors from "./neighbors.js";
import { read } from "./picture.js";
import * as settings from "./settings.js";
import * as teach from "./teach.js";
import { count, element, percent, plural } from "./text.js";

/** All classes of nearly every index, so that no voice's favourite is missing. */
const CLASSES = 1000;
const NEIGHBORS = 8;
/** Class names in a sentence. */
const NAMED = 12;
/** Milliseconds without a move of a slider before a question is sent. */
const PAUSE = 40;

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const at = id => document.getElementById(id);
let model = null;
let index = null;
/** [width, height] if the network takes this size only. */
let size = null;
let file = null;
/** The picture that the answer is about, and the one that the next question is about. */
let picture = null;
let wanted = null;
let answer = null;
let before = null;
/** Number of pictures that were chosen. */
let turns = 0;
let asking = new AbortController();
let pause = 0;

function fail(problem) {
  if (problem.name !== "AbortError") {
    at("problem").textContent = problem.message;
    at("problem").hidden = false;
  }
}

async function attempt(work) {
  at("problem").hidden = true;
  try {
    await work();
  } catch (problem) {
    fail(problem);
  }
}

async function open(name) {
  const [metadata, description] = await Promise.all([api.metadata(name), api.index(name)]);
  if (!metadata.inputs.some(input => input.name === "image")) {
    throw new Error(`The model ${name} takes features, not pictures. Its answers are at /v2/models/${name}/infer.`);
  }
  const [height, width] = metadata.inputs.find(input => input.name === "input").shape.slice(-2);
  const takesAll = /resize|crop/.test(description.preprocessing) || height < 1 || width < 1;
  size = takesAll ? null : [width, height];
  model = name;
  index = description;
  settings.begin({ theta: index.theta, lambda: index.lambda ?? 1 }, index.cache_only);
  teach.begin(index);
  figures.follow(name);
  at("voices").textContent = knowledge();
  await showHand();
  if (file !== null) {
    await choose(file);
  }
}

function showHand() {
  return hand.show(model, size, choose, index.writable ? forget : null);
}

function forget(id) {
  return attempt(async () => {
    await api.forget(model, [id]);
    teach.forgotten(model, id);
    forgetChange();
    await refreshIndex();
    if (picture !== null) {
      await ask();
    }
  });
}

function knowledge() {
  const names = index.classes.filter(each => !each.spare).map(each => each.name);
  const listed = names.slice(0, NAMED).join(", ") + (names.length > NAMED ? ` and ${count(names.length - NAMED)} others` : "");
  return `It remembers ${plural(index.keys, "picture")} of ${listed}.`;
}

async function choose(chosen) {
  if (model === null) {
    return; // the page says why there is none
  }
  await attempt(async () => {
    const turn = ++turns;
    const next = await read(chosen, size);
    if (turn !== turns) {
      return; // another picture was chosen meanwhile
    }
    wanted = next;
    forgetChange();
    try {
      await ask();
      file = chosen;
      showVerdict();
    } catch (problem) {
      if (problem.name !== "AbortError") {
        clear();
        problem.message = problem.message.replace(/^image 0\b/, next.name);
      }
      throw problem;
    }
  });
}

/** On a narrow screen the answer is below the picture. */
function showVerdict() {
  if (at("verdict").getBoundingClientRect().top > innerHeight - 200) {
    at("verdict").scrollIntoView({ behavior: calm.matches ? "auto" : "smooth" });
  }
}

/** Takes the answer away, because the picture that was chosen last has none. */
function clear() {
  [file, picture, wanted, answer] = [null, null, null, null];
  for (const id of ["preview", "bars", "lesson", "settings", "as-command", "decided", "unfamiliar"]) {
    at(id).hidden = true;
  }
  at("invitation").hidden = false;
  at("frame").classList.remove("filled");
  at("caption").textContent = "";
  at("verdict").textContent = "What is it?";
  at("voices").textContent = knowledge();
}

/** Shows the picture that the answer is about. */
function expose() {
  const { url, name, note, pixels } = picture;
  at("preview").src = url;
  at("preview").alt = name;
  at("preview").className = pixels ? "pixels" : "";
  at("preview").hidden = false;
  at("invitation").hidden = true;
  at("frame").classList.add("filled");
  at("caption").textContent = `${name}: ${note}`;
  settings.reveal();
  at("lesson").hidden = false;
}

function forgetChange() {
  before = null;
  teach.showChange();
}

/** Asks about the wanted picture with the values of the sliders; the latest question wins. */
async function ask() {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const about = wanted;
  at("bars").classList.add("waiting");
  try {
    const parameters = { ...settings.values(), classes: CLASSES, neighbors: NEIGHBORS, refuse: false };
    const reply = await api.explain(model, about, parameters, signal);
    signal.throwIfAborted();
    answer = reply.answers[0];
    if (picture !== about) {
      URL.revokeObjectURL(picture?.url);
      picture = about;
      expose();
    }
    show(reply);
  } catch (problem) {
    if (!signal.aborted) {
      wanted = picture; // the page keeps the answer that it shows
    }
    throw problem;
  } finally {
    at("bars").classList.toggle("waiting", signal.aborted);
  }
}

function show(reply) {
  bars.show(answer.classes, settings.values().lambda, before);
  neighbors.show(model, answer.neighbors, reply.keys);
  showCommand();
  const [first] = answer.classes;
  const alone = first.network === null;
  at("verdict").replaceChildren(
    element("span", { className: "quiet", text: alone ? "The memory says " : "The mixture says " }),
    first.name,
    element("span", { className: "quiet", text: ` ${percent(first.probability)}` }));
  at("voices").textContent = alone ? "" : voices(answer.classes);
  at("unfamiliar").hidden = answer.familiar !== false;
  at("unfamiliar").textContent = answer.familiar === false ? unfamiliar(reply) : "";
  announce();
}

function voices(classes) {
  const [first] = classes;
  if (bars.isOnlyRemembered(first, settings.values().lambda)) {
    return `The network does not have the class ${first.name}: its probability is the memory's.`;
  }
  const network = bars.best(classes, "network");
  const memory = bars.best(classes, "memory");
  return network.label === memory.label
    ? `The network alone says the same (${percent(network.network)}), and so does the memory (${percent(memory.memory)}).`
    : `The network alone says ${network.name} (${percent(network.network)}), the memory ${memory.name} (${percent(memory.memory)}).`;
}

function unfamiliar(reply) {
  const [mass, low] = [answer.log_mass, reply.log_mass_low].map(value => value.toFixed(1).replace("-", "\u2212"));
  return `Nothing remembered is like this, so the memory's vote means little here. Its log mass is ${mass}; `
    + `nearly all pictures that the memory was tuned with have more than ${low}.`;
}

/** Shows how another program asks the same. */
function showCommand() {
  const parameters = new URLSearchParams(settings.changed());
  const query = parameters.size > 0 ? `?${parameters}` : "";
  at("command").textContent = `curl -T ${quoted(picture.name)} ${quoted(api.address(model, "/classify") + query)}`;
  at("sent").href = picture.url;
  at("sent").download = picture.name;
  at("as-command").hidden = false;
}

function quoted(text) {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

let speaking = 0;
/** Tells screen readers the answer once it rests, not at every move of a slider. */
function announce() {
  clearTimeout(speaking);
  speaking = setTimeout(() => {
    const parts = [at("verdict"), at("voices"), at("change"), at("unfamiliar")].filter(part => !part.hidden);
    at("announcement").textContent = parts.map(part => part.textContent).join(" ");
  }, 600);
}

async function refreshIndex() {
  index = await api.index(model);
  teach.begin(index);
  await showHand();
}

teach.connect({
  subject: () => ({ model, picture: { ...picture, name: hand.FOLDER + picture.name } }),
  learned: async label => {
    at("problem").hidden = true;
    before = answer.classes;
    await refreshIndex();
    await ask();
    teach.showChange(label, before, answer.classes);
  },
  undone: async () => {
    at("problem").hidden = true;
    forgetChange();
    await refreshIndex();
    await ask();
  },
  failed: fail
});

settings.onChange(() => {
  if (picture === null) {
    return;
  }
  forgetChange();
  clearTimeout(pause);
  pause = setTimeout(() => attempt(ask), PAUSE);
});

for (const id of ["file", "camera"]) {
  at(id).addEventListener("change", event => {
    if (event.target.files.length > 0) {
      choose(event.target.files[0]);
    }
    event.target.value = "";
  });
}

at("frame").addEventListener("click", () => at("file").click());
at("copy").addEventListener("click", async () => {
  await navigator.clipboard?.writeText(at("command").textContent);
  at("copy").textContent = "Copied";
  setTimeout(() => (at("copy").textContent = "Copy"), 2000);
});

function take(transfer, otherwise) {
  if (transfer.files.length > 0) {
    choose(transfer.files[0]);
  } else if (otherwise) {
    fail(new Error(otherwise));
  }
}

addEventListener("paste", event => take(event.clipboardData, null));
addEventListener("dragover", event => {
  event.preventDefault();
  document.body.classList.add("dragging");
});
addEventListener("dragleave", event => {
  if (event.relatedTarget === null) {
    document.body.classList.remove("dragging");
  }
});
addEventListener("drop", event => {
  event.preventDefault();
  document.body.classList.remove("dragging");
  take(event.dataTransfer, "That was a link or a text. Save the picture first, then drop the file.");
});

at("model").addEventListener("change", async event => {
  await attempt(() => open(event.target.value));
  at("model").value = model; // the former one, if the other cannot be used
});

attempt(async () => {
  at("version").textContent = (await api.server()).version;
  const names = await api.models();
  at("model").replaceChildren(...names.map(name => element("option", { text: name, value: name })));
  at("model-choice").hidden = names.length < 2;
  await open(names[0]);
});
