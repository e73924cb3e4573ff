// The live figures of the server.
import * as api from "./api.js";
import { bytes, count, significant } from "./text.js";

const INTERVAL = 2000;
let timer = 0;
let model = null;

/** Shows the figures of a model every two seconds, while the page is visible. */
export function follow(name) {
  model = name;
  refresh();
}

async function refresh() {
  clearTimeout(timer);
  if (document.hidden || model === null) {
    return;
  }
  try {
    show(await api.statistics(model));
  } catch (problem) {
    document.getElementById("figures").hidden = true; // requests that matter show the problem
    if (problem.status === 401) {
      return; // until the next answer
    }
  }
  timer = setTimeout(refresh, INTERVAL);
}

document.addEventListener("visibilitychange", refresh);

function show(figures) {
  write("rate", figures.queries_per_second.toFixed(figures.queries_per_second < 10 ? 1 : 0));
  write("p50", time(figures.p50_ms));
  write("p99", time(figures.p99_ms));
  write("keys", count(figures.keys));
  write("bytes", bytes(figures.bytes));
  document.getElementById("figures").hidden = false;
}

function time(milliseconds) {
  return milliseconds === null ? "–" : `${significant(milliseconds)}\u202fms`;
}

function write(id, text) {
  document.getElementById(id).textContent = text;
}
