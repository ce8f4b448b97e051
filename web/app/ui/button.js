/** Buttons that know when they are busy. */

import { h } from "../dom.js";

/** @typedef {import("../dom.js").Child} Child */

/**
 * @typedef {object} ButtonOptions
 * @property {string} [kind] classes besides `button`
 * @property {() => unknown} [press] a promise keeps the button busy until it settles
 * @property {"button" | "submit"} [type]
 * @property {string} [label] the accessible name, where the visible one is not enough
 */

/**
 * @param {Child | Child[]} content
 * @param {ButtonOptions} [options]
 */
export function button(content, { kind = "", press, type = "button", label } = {}) {
  const element = h("button", { class: `button ${kind}`.trim(), type, "aria-label": label }, content);
  if (press) element.addEventListener("click", () => void whileBusy(element, async () => press()));
  return element;
}

/**
 * Marks a button as busy while something runs, and ignores it in that time.
 *
 * @template T
 * @param {HTMLElement} element
 * @param {() => Promise<T>} run
 * @returns {Promise<T | undefined>}
 */
export async function whileBusy(element, run) {
  if (element.ariaBusy === "true" || element.getAttribute("aria-disabled") === "true") return undefined;
  element.setAttribute("aria-busy", "true");
  try {
    return await run();
  } finally {
    element.removeAttribute("aria-busy");
  }
}

/**
 * @param {Child | Child[]} content
 * @param {string} href
 * @param {string} [kind]
 */
export function linkButton(content, href, kind = "") {
  return h("a", { class: `button ${kind}`.trim(), href }, content);
}
