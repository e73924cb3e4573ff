// The probabilities of the best classes: the network's, the memory's, and those of both together.
import { element, percent } from "./text.js";

/** Each column, with its field of an answer. */
const VOICES = { network: "network", memory: "memory", together: "probability" };
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
 * @param before the answer before a lesson, which stays visible as pale bars; null for none
 */
export function show(classes, before) {
  table.hidden = false;
  table.classList.toggle("alone", classes[0].network === null);
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
    Object.values(VOICES).forEach((field, i) => measure(row.cells[i + 1], each[field] ?? 0, old?.[field] ?? each[field] ?? 0));
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

/** Returns whether the network lacks the best class of an answer, so that only the memory can name it. */
export function isOnlyRemembered(each) {
  return each.network === 0;
}

export function best(classes, voice) {
  return classes.reduce((a, b) => (b[voice] > a[voice] ? b : a));
}

function added({ label }) {
  const row = element("tr", {}, element("th", { scope: "row" }));
  for (const voice of Object.keys(VOICES)) {
    const bar = element("span", { className: "bar" }, element("b"), element("i"));
    row.append(element("td", { className: voice }, element("div", { className: "measure" }, bar, element("output"))));
  }
  rows.set(label, row);
  body.append(row);
  row.getBoundingClientRect(); // so that its bars grow from nothing
  return row;
}

function measure(cell, value, before) {
  cell.querySelector("output").textContent = percent(value);
  cell.querySelector("i").style.width = `${100 * value}%`;
  const ghost = cell.querySelector("b");
  const differs = Math.abs(before - value) > VISIBLE;
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
