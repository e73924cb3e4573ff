// The probabilities of the best classes: the network's, the memory's, and their mixture's.
import { element, percent } from "./text.js";

const ROWS = 5;
/** A smaller difference is not seen in a bar. */
const VISIBLE = 0.005;
const table = document.getElementById("bars");
const body = table.tBodies[0];
const rows = new Map();
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Shows an answer.
 *
 * @param lambda weight of the memory
 * @param before the answer before a lesson, which stays visible as pale bars; null for none
 */
export function show(classes, lambda, before) {
  table.hidden = false;
  const alone = classes[0].network === null;
  table.classList.toggle("alone", alone);
  const shown = chosen(classes);
  const places = new Map([...rows.values()].map(row => [row, row.getBoundingClientRect().top]));
  for (const [label, row] of rows) {
    if (!shown.some(each => each.label === label)) {
      row.remove();
      rows.delete(label);
    }
  }
  shown.forEach((each, place) => {
    const row = rows.get(each.label) ?? added(each);
    if (body.rows[place] !== row) {
      body.insertBefore(row, body.rows[place] ?? null);
    }
    row.classList.toggle("best", place === 0);
    row.querySelector("th").textContent = each.name;
    const old = before?.find(other => other.label === each.label);
    const network = each.network ?? 0;
    measure(row.cells[1], network, [network, 0], old?.network ?? undefined);
    measure(row.cells[2], each.memory, [0, each.memory], old?.memory);
    measure(row.cells[3], each.probability, parts(each, lambda), old?.probability);
  });
  for (const [row, top] of places) {
    moved(row, top);
  }
}

/** Returns the best classes, and those that one voice alone prefers. */
function chosen(classes) {
  const voices = [best(classes, "network"), best(classes, "memory")].map(each => classes.indexOf(each));
  const places = new Set([...classes.slice(0, ROWS).keys(), ...voices]);
  return [...places].sort((a, b) => a - b).map(place => classes[place]);
}

/** Returns whether the network lacks a class, so that its probability is the memory's. */
export function isOnlyRemembered(each, lambda) {
  return each.network === 0 && each.probability > lambda * each.memory + 1e-6;
}

/** Returns the network's and the memory's part of a probability of the mixture. */
function parts(each, lambda) {
  const memory = isOnlyRemembered(each, lambda) ? each.probability : lambda * each.memory;
  return [each.probability - memory, memory];
}

export function best(classes, voice) {
  return classes.reduce((a, b) => (b[voice] > a[voice] ? b : a));
}

function added({ label }) {
  const row = element("tr", {}, element("th", { scope: "row" }));
  for (const voice of ["network", "memory", "mixture"]) {
    const bar = element("span", { className: "bar" },
      element("b"), element("i", { className: "from-network" }), element("i", { className: "from-memory" }));
    row.append(element("td", { className: voice }, element("div", { className: "measure" }, bar, element("output"))));
  }
  rows.set(label, row);
  body.append(row);
  row.getBoundingClientRect(); // so that its bars grow from nothing
  return row;
}

function measure(cell, value, parts, before) {
  cell.querySelector("output").textContent = percent(value);
  cell.querySelectorAll("i").forEach((part, i) => {
    part.style.width = `${100 * parts[i]}%`;
  });
  const ghost = cell.querySelector("b");
  const differs = before !== undefined && Math.abs(before - value) > VISIBLE;
  ghost.classList.toggle("shown", differs);
  if (differs) {
    ghost.style.width = `${100 * before}%`;
  }
}

/** Lets a row glide from its former place. */
function moved(row, top) {
  const way = top - row.getBoundingClientRect().top;
  if (way !== 0 && row.isConnected && !calm.matches) {
    row.animate([{ transform: `translateY(${way}px)` }, { transform: "none" }], { duration: 350, easing: "ease-out" });
  }
}
