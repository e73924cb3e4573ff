// The server's answers as objects, and its refusals as errors with its sentence.
import { askForToken } from "./token.js";

const TOKEN = "afterimage.token";

const LOCKED = "This server answers that only with its token.";

/** What to do about refusals that are nobody's mistake; the sentence of the server follows. */
const REFUSALS = {
  413: "The picture is too large for this server. Choose a smaller one.",
  429: "Too many questions came at once. Wait a moment and try again.",
  503: "The server is busy. Wait a moment and try again.",
  504: "The answer took too long. Try again.",
  507: "The disk of the server is full, so nothing has changed."
};

export class Problem extends Error {
  /** @param fields of the answer, for programs */
  constructor(sentence, status, fields = {}) {
    super(sentence);
    this.status = status;
    this.fields = fields;
  }
}

async function sent(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (failure) {
    if (failure.name === "AbortError") {
      throw failure;
    }
    throw new Problem("The server does not answer. Is it still running?", 0);
  }
  if (response.ok) {
    return response;
  }
  const body = /json/.test(response.headers.get("Content-Type") ?? "") ? await response.json() : {};
  const reason = body.error ?? `The server refuses with status ${response.status}.`;
  const advice = REFUSALS[response.status];
  if (response.status === 401) {
    throw new Problem(LOCKED, 401);
  }
  throw new Problem(advice ? `${advice} The server says: ${reason}` : reason, response.status, body);
}

/** Kept here where the browser keeps nothing for this page. */
let kept = null;

function storedToken() {
  try {
    return sessionStorage.getItem(TOKEN);
  } catch {
    return kept;
  }
}

function store(token) {
  kept = token;
  try {
    if (token === null) {
      sessionStorage.removeItem(TOKEN);
    } else {
      sessionStorage.setItem(TOKEN, token);
    }
  } catch {
    // it lasts as long as the page
  }
}

/** Returns whether requests carry a token. */
export function hasToken() {
  return storedToken() !== null;
}

/**
 * Sends a request; asks the user for the token if the server wants one.
 *
 * @param quiet whether to fail instead of asking
 */
async function asked(path, options = {}, quiet = false) {
  for (;;) {
    const token = storedToken();
    const authorization = token ? { Authorization: `Bearer ${token}` } : {};
    try {
      return await sent(path, { ...options, headers: { ...options.headers, ...authorization } });
    } catch (problem) {
      if (problem.status !== 401 || quiet) {
        throw problem;
      }
      store(null);
      const answer = await askForToken(token !== null);
      if (answer === null) {
        throw problem;
      }
      store(answer);
    }
  }
}

async function request(path, options, quiet) {
  return (await asked(path, options, quiet)).json();
}

function post(body, headers = {}) {
  return { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) };
}

function path(model, rest = "") {
  return `v2/models/${encodeURIComponent(model)}${rest}`;
}

function image(picture) {
  return { name: "image", datatype: "BYTES", shape: [1], data: [picture.data] };
}

function text(name, value) {
  return { name, datatype: "BYTES", shape: [1], data: [value] };
}

/** Not crypto.randomUUID, which browsers offer over HTTPS and on this machine only. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("");
}

export function server() {
  return request("v2");
}

export async function models() {
  return (await request("v2/models")).models;
}

export function metadata(model) {
  return request(path(model));
}

export function index(model) {
  return request(path(model, "/index"));
}

/** Fails without asking for a token. */
export function statistics(model) {
  return request(path(model, "/statistics"), {}, true);
}

/** Returns keys, and next, the id from which to go on, or null at the end. */
export function keys(model, query) {
  return request(path(model, `/keys?${new URLSearchParams(query)}`));
}

/** Shows the small picture of a key in an image, its pixels where it has few; returns it as a file. */
export async function thumbnail(model, id, image) {
  const blob = await (await asked(path(model, `/keys/${id}/thumbnail`))).blob();
  image.src = URL.createObjectURL(blob);
  image.onload = () => {
    URL.revokeObjectURL(image.src);
    image.classList.toggle("pixels", image.naturalWidth <= 32);
  };
  return blob;
}

/** Returns the address of a call for programs. */
export function address(model, rest) {
  return new URL(path(model, rest), location.href).href;
}

/** @param parameters such as the numbers of classes and neighbors */
export function explain(model, picture, parameters, signal) {
  return request(path(model, "/explain"), { ...post({ inputs: [image(picture)], parameters }), signal });
}

/**
 * Adds a picture to the memory; returns the ids of its keys, and the effect if the server tells it.
 *
 * @param parameters new_class, replace
 */
export async function teach(model, picture, label, parameters) {
  const inputs = [image(picture), text("label", label), text("name", picture.name)];
  return request(path(model, "/keys"), post({ inputs, parameters }, { "Idempotency-Key": randomKey() }));
}

/** @param erased whether the keys are erased from the files at once, for which the answer has a receipt */
export function remove(model, ids, erased = false) {
  return request(path(model, `/keys?ids=${ids.join(",")}${erased ? "&forget=true" : ""}`), { method: "DELETE" });
}
