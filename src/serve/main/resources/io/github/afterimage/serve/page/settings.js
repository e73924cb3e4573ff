// The sliders of θ, on a logarithmic scale, of λ, and of the tolerance of an index with a sketch.
import { percent, significant } from "./text.js";

const form = document.getElementById("settings");
const theta = document.getElementById("theta");
const lambda = document.getElementById("lambda");
const tolerance = document.getElementById("tolerance");
const reset = document.getElementById("reset");
const TOLERANCES = [0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1];
let tuned = { theta: 1, lambda: 0, tolerance: 0 };
let current = tuned;

/** Shows the sliders, once there is an answer that they can change. */
export function reveal() {
  form.hidden = false;
}

/** Calls back whenever the user moves a slider or resets them. */
export function onChange(listener) {
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("input", () => {
    current = {
      theta: Number((10 ** Number(theta.value)).toPrecision(3)),
      lambda: Number(Number(lambda.value).toFixed(3)),
      tolerance: TOLERANCES[tolerance.value]
    };
    show();
    listener();
  });
  reset.addEventListener("click", () => {
    place(tuned);
    theta.focus();
    listener();
  });
}

/**
 * Begins with θ and λ of a model.
 *
 * @param alone whether the memory answers without the network, so that there is no λ
 * @param sketched whether the index can estimate answers
 */
export function begin({ theta: sharpness, lambda: weight }, alone, sketched) {
  const values = { theta: sharpness, lambda: weight, tolerance: 0 };
  document.getElementById("lambda-setting").hidden = alone;
  document.getElementById("tolerance-setting").hidden = !sketched;
  tolerance.max = TOLERANCES.length - 1;
  theta.min = Math.min(0, Math.log10(values.theta) - 1);
  theta.max = Math.max(3, Math.log10(values.theta) + 1);
  tuned = values;
  place(values);
}

export function values() {
  return current;
}

/** Returns the values that are not those of the model. */
export function changed() {
  return Object.fromEntries(Object.entries(current).filter(([name, value]) => value !== tuned[name]));
}

function place(values) {
  current = values;
  theta.value = Math.log10(values.theta);
  lambda.value = values.lambda;
  tolerance.value = TOLERANCES.indexOf(values.tolerance);
  show();
}

function show() {
  write(theta, "theta-value", significant(current.theta));
  write(lambda, "lambda-value", current.lambda.toFixed(2));
  write(tolerance, "tolerance-value", current.tolerance === 0 ? "none" : percent(current.tolerance));
  reset.hidden = Object.keys(changed()).length === 0;
  reset.textContent = `Back to θ = ${significant(tuned.theta)}, λ = ${tuned.lambda.toFixed(2)}`;
}

function write(slider, output, text) {
  document.getElementById(output).textContent = text;
  slider.setAttribute("aria-valuetext", text);
}
