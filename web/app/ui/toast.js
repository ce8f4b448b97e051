/** Outcomes that go away by themselves: after six seconds, unless someone points at them or has the focus in them. */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../texts.js";
import { button } from "./button.js";

const LIFE = 6_000;

const place = h("div", { class: "toasts", role: "status", "aria-live": "polite" });

/** The place must be in the page before the first outcome, so that it is announced. */
export function mountToasts() {
  document.body.append(place);
  // A dialog that closes leaves what it told to the page.
  document.addEventListener("close", () => place.closest("dialog") && document.body.append(place), true);
}

/** What is outside an open dialog can neither be seen nor be heard. */
function move() {
  const host = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  if (place.parentElement !== host) host.append(place);
}

/** @param {string} text */
export function toast(text) {
  const close = button(icon("close", 18), { kind: "icon-only dense", label: t("close"), press: () => element.remove() });
  const element = h("div", { class: "toast" }, h("span", null, text), close);
  let timer = 0;
  const rest = () => clearTimeout(timer);
  const run = () => {
    rest();
    timer = setTimeout(() => element.remove(), LIFE);
  };
  for (const kind of ["pointerenter", "focusin"]) element.addEventListener(kind, rest);
  for (const kind of ["pointerleave", "focusout"]) element.addEventListener(kind, run);
  move();
  place.append(element);
  run();
}

/** Says something without showing it. @param {string} text */
export function announce(text) {
  const element = h("span", { class: "visually-hidden" }, text);
  move();
  place.append(element);
  setTimeout(() => element.remove(), LIFE);
}
