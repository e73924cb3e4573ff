// Numbers and names as a person reads them.

const NARROW = "\u202f";

/** Writes a share of 1 in percent, with a decimal where the difference matters. */
export function percent(share) {
  const value = 100 * share;
  const digits = value > 0.05 && value < 9.95 || value > 99 && value < 99.95 ? 1 : 0;
  return value.toFixed(digits) + NARROW + "%";
}

export function count(number) {
  return number.toLocaleString("en");
}

export function plural(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

export function bytes(number) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, number)) / 3));
  return significant(number / 1000 ** power) + NARROW + units[power];
}

/** Writes three digits, without zeros at the end. */
export function significant(number) {
  return number >= 1000 ? count(Math.round(number)) : String(Number(number.toPrecision(3)));
}

/** Makes an element; text is text, whatever it holds. */
export function element(tag, { className, text, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  if (className) {
    made.className = className;
  }
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, value);
  }
  made.append(...(text === undefined ? [] : [text]), ...children);
  return made;
}
