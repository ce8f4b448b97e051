/** What has happened, in a box of its own. */

import { h } from "../dom.js";
import { icon } from "../icons.js";

/** @typedef {import("../dom.js").Child} Child */

const ICONS = /** @type {const} */ ({ info: "info", success: "check", warning: "alert", danger: "alert" });

/**
 * @param {keyof typeof ICONS} kind
 * @param {Child | Child[]} content
 * @param {...Child} actions
 */
export function banner(kind, content, ...actions) {
  const text = h("div", null, content);
  const buttons = actions.length ? h("div", { class: "row" }, actions) : null;
  return h("div", { class: `banner ${kind}` }, icon(ICONS[kind]), text, buttons);
}
