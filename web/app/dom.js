/** Builds elements. Nothing here takes markup as text. */

/** @typedef {Node | string | number | null | undefined | false} Child */

/** Properties that are no attributes, or whose attribute says something else. */
const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "indeterminate"]);

/**
 * An element. Functions are listeners (`onclick`), `false` and `null` leave an attribute out, `true` sets it empty.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, unknown> | null} [properties]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) set(element, name, value);
  append(element, children);
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {string} name
 * @param {unknown} value
 */
function set(element, name, value) {
  if (typeof value === "function") {
    element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
  } else if (PROPERTIES.has(name)) {
    Reflect.set(element, name, value);
  } else if (value !== false && value !== null && value !== undefined) {
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * @param {Element} parent
 * @param {(Child | Child[])[]} children
 */
export function append(parent, children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : String(child));
  }
}

/**
 * @param {Element} parent
 * @param {...(Child | Child[])} children
 */
export function replace(parent, ...children) {
  parent.replaceChildren();
  append(parent, children);
}

/**
 * Makes a heading the place where a screen reader goes on reading.
 *
 * @param {ParentNode} root
 */
export function focusHeading(root) {
  const heading = /** @type {HTMLElement | null} */ (root.querySelector("h1, h2"));
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: false });
}

/**
 * Puts a step in the place of the one before.
 *
 * @param {Element} place
 * @param {HTMLElement} step
 * @param {{ isBack?: boolean, keepsFocus?: boolean }} [how]
 */
export function show(place, step, { isBack = false, keepsFocus = false } = {}) {
  step.classList.add("enter");
  step.classList.toggle("back", isBack);
  place.replaceChildren(step);
  if (!keepsFocus) focusHeading(step);
}

let ids = 0;

/** An id that no other element has. */
export function newId() {
  ids += 1;
  return `k${ids}`;
}
