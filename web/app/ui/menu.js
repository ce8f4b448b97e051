/** A button with a menu, as the ARIA Authoring Practices describe it. */

import { h, newId } from "../dom.js";
import { icon } from "../icons.js";
import { button } from "./button.js";

/**
 * @typedef {object} Entry
 * @property {string} label
 * @property {boolean} [isDangerous]
 * @property {string} [href]
 * @property {() => void} [act]
 */

/**
 * @param {string} label the accessible name of the button
 * @param {Entry[]} entries
 * @param {import("../dom.js").Child} [content] the visible part of the button
 */
export function menu(label, entries, content = icon("menu")) {
  const id = newId();
  const opener = button(content, { kind: "plain icon-only", label, press: () => toggle() });
  opener.setAttribute("aria-haspopup", "menu");
  opener.setAttribute("aria-expanded", "false");
  opener.setAttribute("aria-controls", id);
  const items = entries.map(itemOf);
  const list = h("div", { id, role: "menu", "aria-label": label }, items);
  list.hidden = true;
  const root = h("div", { class: "menu" }, opener, list);

  const set = (/** @type {boolean} */ isOpen) => {
    list.hidden = !isOpen;
    opener.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) items[0]?.focus();
  };
  const toggle = () => set(list.hidden);
  const move = (/** @type {number} */ by) => {
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    items[(at + by + items.length) % items.length]?.focus();
  };
  root.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") list.hidden ? set(true) : move(1);
    else if (event.key === "ArrowUp") list.hidden ? set(true) : move(-1);
    else if (event.key === "Home" && !list.hidden) items[0]?.focus();
    else if (event.key === "End" && !list.hidden) items.at(-1)?.focus();
    else if (event.key === "Escape" && !list.hidden) {
      set(false);
      opener.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  root.addEventListener("focusout", (event) => {
    if (!root.contains(/** @type {Node | null} */ (event.relatedTarget))) set(false);
  });
  list.addEventListener("click", () => {
    set(false);
    opener.focus();
  });
  return root;
}

/** @param {Entry} entry @returns {HTMLElement} */
function itemOf({ label, isDangerous, href, act }) {
  const shared = { role: "menuitem", tabindex: "-1", class: isDangerous ? "danger" : null };
  if (href) return h("a", { ...shared, href }, label);
  const item = h("button", { ...shared, type: "button" }, label);
  if (act) item.addEventListener("click", () => setTimeout(act));
  return item;
}
