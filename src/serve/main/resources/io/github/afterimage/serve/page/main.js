// Connects the parts of the page: a picture goes to the server, its answer goes to the bars and the neighbours.
import * as api from "./api.js";
import * as bars from "./bars.js";
import * as figures from "./figures.js";
import * as hand from "./hand.js";
import * as neighbors from "./neighbors.js";
import { read } from "./picture.js";
import * as teach from "./teach.js";
import { count, element, percent, plural } from "./text.js";

/** All classes of nearly every index, so that no voice's favourite is missing. */
const CLASSES = 1000;
const NEIGHBORS = 8;
/** Certainty with which the page names a set of classes. */
const COVERAGE = 0.95;
/** Models that are looked at for one that has pictures to show. */
const CANDIDATES = 5;
/** Class names in a sentence. */
const NAMED = 12;

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
/** Number of models that were chosen. */
let openings = 0;
let asking = new AbortController();

function fail(problem) {
  if (problem.name !== "AbortError") {
    at("problem").textContent = problem.message;
    at("problem").hidden = false;
    at("problem").scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
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
  const turn = ++openings;
  const [metadata, description] = await Promise.all([api.metadata(name), api.index(name)]);
  if (turn !== openings) {
    return; // another model was chosen meanwhile
  }
  if (!metadata.inputs.some(input => input.name === "image")) {
    throw new Error(`The model ${name} takes features, not pictures. Its answers are at /v2/models/${name}/infer.`);
  }
  const [height, width] = metadata.inputs.find(input => input.name === "input").shape.slice(-2);
  const takesAll = /resize|crop/.test(description.preprocessing) || height < 1 || width < 1;
  const again = file;
  size = takesAll ? null : [width, height];
  model = name;
  index = description;
  clear(); // the answer of the former model is not to be taught to this one
  const opened = turns;
  teach.begin(index);
  figures.follow(name);
  const filled = index.classes.filter(each => each.keys > 0).map(each => each.name);
  await hand.open(name, filled, size, { take: chosen => choose(chosen), remove: index.writable ? remove : null });
  if (again === null) {
    await showExample(opened).catch(() => {}); // a question of the user says what is wrong
  } else {
    await choose(again);
  }
}

/** Fills the place of the answer with that to a remembered picture, until a picture is chosen. */
async function showExample(turn) {
  const example = await hand.example(at("example-picture"));
  if (example === null || turn !== turns) {
    return;
  }
  const parameters = { classes: CLASSES, neighbors: NEIGHBORS, refuse: false };
  const { answers: [{ classes, neighbors: nearest }] } = await api.explain(model, await read(example.file, size), parameters);
  if (turn === turns) {
    at("example-text").textContent = `An example: the answer to this picture, which it remembers as ${example.label}.`;
    at("example").hidden = false;
    bars.show(classes, null);
    neighbors.show(model, nearest);
  }
}

/** Opens the model that the address names, else the first that has pictures to show, else the first that takes pictures. */
async function openOne(names) {
  const wish = decodeURIComponent(location.hash.slice(1));
  const candidates = names.slice(0, CANDIDATES);
  const shows = await Promise.all(candidates.map(name => hand.hasCopies(name)));
  const order = new Set([...names.filter(name => name === wish), ...candidates.filter((name, i) => shows[i]), ...names]);
  let reason = null;
  for (const name of order) {
    try {
      await open(name);
      at("model").value = name;
      return;
    } catch (problem) {
      reason ??= problem;
    }
  }
  throw reason;
}

function remove(id, erased) {
  return attempt(async () => {
    const { effect, receipt } = await api.remove(model, [id], erased);
    teach.forgotten(model, id);
    hand.forgotten([id]);
    at("announcement").textContent = erased ? "Forgotten." : "Taken back.";
    await changed(effect, receipt ? receiptText(id, receipt) : "");
  });
}

function receiptText(id, { files }) {
  const sums = files.map(file => `${file.name} (SHA-256 ${file.sha256})`).join(", ");
  return `Receipt: key ${id} is erased; the files of the index are now ${sums}.`;
}

/** Shows what a change of the index means for the answer. */
async function changed(effect, more) {
  forgetChange();
  await refreshIndex();
  if (picture === null) {
    at("voices").textContent = knowledge();
  } else {
    await ask();
  }
  teach.showEffect(effect, more);
}

function knowledge() {
  const names = index.classes.filter(each => !each.spare).map(each => each.name);
  const listed = names.slice(0, NAMED).join(", ") + (names.length > NAMED ? ` and ${count(names.length - NAMED)} others` : "");
  return `It remembers ${plural(index.keys, "picture")} of ${listed}. Choose a picture or a drawing, and see who decides.`;
}

/** @param others number of files that came with this one, of which only one can be shown */
async function choose(chosen, others = 0) {
  if (model === null) {
    return; // the page says why there is none
  }
  await attempt(async () => {
    const turn = ++turns;
    at("caption").textContent = `Reading ${chosen.name} …`; // a large picture takes the browser a while
    try {
      const next = await read(chosen, size);
      if (turn !== turns) {
        return; // another picture was chosen meanwhile
      }
      next.note += others > 0 ? `; the first of ${others + 1} files` : "";
      wanted = next;
      file = chosen;
      forgetChange();
      await ask();
      showVerdict();
    } catch (problem) {
      if (problem.name !== "AbortError") {
        clear();
        problem.message = problem.message.replace(/^image 0\b/, chosen.name);
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

/** Takes the answer away, because it is not that of this picture or of this model. */
function clear() {
  asking.abort();
  turns++;
  [file, picture, wanted, answer] = [null, null, null, null];
  for (const id of ["preview", "bars", "lesson", "as-command", "decided", "doubt", "set", "change", "example"]) {
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
  at("lesson").hidden = false;
}

function forgetChange() {
  before = null;
  teach.showEffect();
}

/** Asks about the wanted picture; the latest question wins. */
async function ask() {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const about = wanted;
  at("bars").classList.add("waiting");
  try {
    const parameters = { classes: CLASSES, neighbors: NEIGHBORS, refuse: false };
    if (index.greatest_coverage > 0) {
      parameters.coverage = Math.min(COVERAGE, index.greatest_coverage);
    }
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
  at("example").hidden = true;
  bars.show(answer.classes, before);
  neighbors.show(model, answer.neighbors);
  showCommand();
  const [first] = answer.classes;
  const alone = first.network === null;
  const uncertain = answer.uncertain === true;
  at("verdict").replaceChildren(...uncertain
    ? ["Not sure"]
    : [quiet(alone ? "The memory says " : "Together they say "), first.name, quiet(` ${percent(first.probability)}`)]);
  at("voices").textContent = uncertain
    ? `${alone ? "The memory" : "Together they"} would say ${first.name} (${percent(first.probability)}).`
    : [answer.recognised ? recognised(answer.neighbors[0]) : "", alone ? "" : voices(answer.classes)].join(" ").trim();
  showSet(answer.set, reply.coverage, uncertain || bars.isOnlyRemembered(first));
  at("doubt").hidden = !uncertain;
  at("doubt").textContent = uncertain ? doubt(reply) : "";
  announce();
}

/** Names the classes that have the true one with a certainty; nothing is promised where it is uncertain, and for new classes. */
function showSet(names, coverage, isNew) {
  at("set").hidden = names === undefined || isNew;
  if (!at("set").hidden) {
    const listed = names.length > NAMED ? `one of ${count(names.length)} classes` : new Intl.ListFormat("en", { type: "disjunction" }).format(names);
    at("set").textContent = `With ${percent(coverage)} certainty, it is ${listed}.`;
  }
}

function quiet(text) {
  return element("span", { className: "quiet", text });
}

function voices(classes) {
  const [first] = classes;
  if (bars.isOnlyRemembered(first)) {
    return `The network does not have the class ${first.name}: only the memory can name it.`;
  }
  const network = bars.best(classes, "network");
  const memory = bars.best(classes, "memory");
  return network.label === memory.label
    ? `The network alone says the same (${percent(network.network)}), and so does the memory (${percent(memory.memory)}).`
    : `The network alone says ${network.name} (${percent(network.network)}), the memory ${memory.name} (${percent(memory.memory)}).`;
}

function recognised(key) {
  return `It is recognised: much nearer to the remembered picture ${key.name.split("/").pop()} (${key.class}) than to any of another class.`;
}

function doubt(reply) {
  return `${answer.reason[0].toUpperCase()}${answer.reason.slice(1)}. Teach it what this is, and it knows more like it. `
    + `(The doubt is ${answer.doubt.toFixed(2)}; nearly all pictures that the memory was tuned with have at most ${reply.doubt_most.toFixed(2)}.)`;
}

/** Shows how another program asks the same. */
function showCommand() {
  const query = index.refuses ? "?refuse=false" : "";
  const token = api.hasToken() ? '-H "Authorization: Bearer $TOKEN" ' : "";
  at("command").textContent = `curl ${token}-T ${quoted(picture.name)} ${quoted(api.address(model, "/classify") + query)}`;
  at("sent").href = picture.url;
  at("sent").download = picture.name;
  at("as-command").hidden = false;
}

function quoted(text) {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

let speaking = 0;
/** Tells screen readers the answer once it rests. */
function announce() {
  clearTimeout(speaking);
  speaking = setTimeout(() => {
    const parts = [at("verdict"), at("voices"), at("set"), at("change"), at("doubt")].filter(part => !part.hidden);
    at("announcement").textContent = parts.map(part => part.textContent).join(" ");
  }, 600);
}

async function refreshIndex() {
  const name = model;
  const description = await api.index(name);
  if (name === model) { // another may have been chosen meanwhile
    index = description;
    teach.begin(index);
    await hand.refresh();
  }
}

teach.connect({
  subject: () => ({ model, turn: turns, before: answer.classes, picture: { ...picture, name: hand.lessonName(picture.name) } }),
  learned: async (label, lesson, replaced, effect) => {
    at("problem").hidden = true;
    hand.forgotten(replaced);
    const concerned = () => lesson.turn === turns && lesson.model === model;
    if (!concerned()) {
      await changed(effect); // the answer is about another picture
      return;
    }
    before = lesson.before;
    await refreshIndex();
    await ask();
    if (concerned()) {
      teach.showChange(label, lesson.before, answer.classes, effect);
    }
  },
  undone: async (ids, effect) => {
    at("problem").hidden = true;
    hand.forgotten(ids);
    await changed(effect);
  },
  failed: fail
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
  try {
    await navigator.clipboard.writeText(at("command").textContent);
    at("copy").textContent = "Copied";
  } catch { // over plain HTTP, or not allowed
    getSelection().selectAllChildren(at("command"));
    at("copy").textContent = "Selected: press Ctrl+C";
  }
  setTimeout(() => (at("copy").textContent = "Copy"), 2000);
});

function take(transfer, otherwise) {
  if (transfer.files.length > 0) {
    choose(transfer.files[0], transfer.files.length - 1);
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
  await attempt(async () => {
    await open(event.target.value);
    history.replaceState(null, "", `#${encodeURIComponent(model)}`); // a reload shows it again
  });
  at("model").value = model; // the former one, if the other cannot be used
});

attempt(async () => {
  at("version").textContent = (await api.server()).version;
  const names = await api.models();
  at("model").replaceChildren(...names.map(name => element("option", { text: name, value: name })));
  at("model-choice").hidden = names.length < 2;
  await openOne(names);
}).finally(() => {
  if (model === null) {
    at("voices").textContent = "";
  }
});
