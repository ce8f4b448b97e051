/** Parts that the sections share. */

import { h, newId } from "../dom.js";
import { icon } from "../icons.js";

/** @typedef {import("../dom.js").Child} Child */

/**
 * @param {string} title
 * @param {Child} aside
 * @param {...Child} content
 */
export function section(title, aside, ...content) {
  const heading = h("h2", { id: newId() }, title);
  return h("section", { class: "section", "aria-labelledby": heading.id }, h("header", null, heading, aside), content);
}

/** @param {string} title @param {Child} [text] */
export function headline(title, text) {
  return h("header", { class: "truth" }, h("h1", null, title), text ? h("p", null, text) : null);
}

/**
 * A row of a list: what it is, more about it, and what can be done.
 *
 * @param {object} options
 * @param {import("../icons.js").IconName | Element} options.glyph
 * @param {Child | Child[]} options.name
 * @param {Child[]} [options.more] one line each
 * @param {Child} [options.act]
 * @param {Child} [options.below]
 * @param {string} [options.kind]
 * @param {string} [options.tag]
 */
export function item({ glyph, name, more = [], act, below, kind = "", tag = "li" }) {
  const lines = more.filter(Boolean).map((line) => h("span", { class: "more" }, line));
  return h(
    /** @type {"li"} */ (tag),
    { class: `item ${kind}`.trim() },
    h("span", { class: "glyph" }, typeof glyph === "string" ? icon(glyph) : glyph),
    h("div", { class: "what" }, h("span", { class: "name" }, name), lines),
    act ? h("div", { class: "act" }, act) : null,
    below ? h("div", { class: "below" }, below) : null,
  );
}

/** @param {Child[]} rows */
export function list(rows) {
  return h("ul", { class: "list" }, rows);
}

/**
 * Hands a file to the user.
 *
 * @param {Blob} content
 * @param {string} name
 */
export function download(content, name) {
  const url = URL.createObjectURL(content);
  const link = h("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
