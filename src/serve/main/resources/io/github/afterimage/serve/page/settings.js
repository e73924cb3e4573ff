// The sliders of θ, on a logarithmic scale, and of λ.
import { significant } from "./text.js";

const form = document.getElementById("settings");
const theta = document.getElementById("theta");
const lambda = document.getElementById("lambda");
const reset = document.getElementById("reset");
let tuned = { theta: 1, lambda: 0 };
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
      lambda: Number(Number(lambda.value).toFixed(3))
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
 */
export function begin(values, alone) {
  document.getElementById("lambda-setting").hidden = alone;
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
  show();
}

function show() {
  write(theta, "theta-value", significant(current.theta));
  write(lambda, "lambda-value", current.lambda.toFixed(2));
  reset.hidden = Object.keys(changed()).length === 0;
  reset.textContent = `Back to θ = ${significant(tuned.theta)}, λ = ${tuned.lambda.toFixed(2)}`;
}

function write(slider, output, text) {
  document.getElementById(output).textContent = text;
  slider.setAttribute("aria-valuetext", text);
}
