/** Forms: one submission at a time, errors where they belong, and waiting times that count down. */

import { h, replace } from "../dom.js";
import { describe } from "../problems.js";
import { lasting, t } from "../texts.js";
import { banner } from "./banner.js";
import { button, whileBusy } from "./button.js";

/**
 * @typedef {import("./fields.js").Field & { missing?: string }} Field
 *
 * @typedef {object} FormOptions
 * @property {string} submit the label of the button
 * @property {string} [place] where the texts look for errors of this form first
 * @property {string} [kind] further classes of the button
 * @property {boolean} [hasNarrowButton]
 * @property {Record<string, string>} [members] field of the form by member of the request, where the names differ
 * @property {(fail: (error: unknown) => void) => Promise<void>} send
 */

/**
 * @param {Field[]} fields
 * @param {import("../dom.js").Child[]} content fields and what else stands above the button
 * @param {FormOptions} options
 */
export function form(fields, content, { submit, place, kind = "primary", hasNarrowButton, members = {}, send }) {
  const summary = h("div", { role: "alert", tabindex: "-1" });
  summary.hidden = true;
  const press = button(submit, { type: "submit", kind: `${kind} ${hasNarrowButton ? "fit" : "wide"}` });
  let countdown = 0;

  const clear = () => {
    summary.hidden = true;
    clearInterval(countdown);
    press.removeAttribute("aria-disabled");
  };
  const fail = (/** @type {unknown} */ error) => {
    const told = describe(error, place);
    const field = fields.find(({ input }) => input.name === (members[told.field ?? ""] ?? told.field));
    if (field) {
      field.fail(told.text);
      field.input.focus();
      return;
    }
    const text = h("span", null, told.text);
    replace(summary, banner("danger", text));
    summary.hidden = false;
    summary.focus();
    if (told.wait) wait(told.wait);
  };
  /** Counts down, quietly: a screen reader hears the beginning and the end. @param {number} seconds */
  const wait = (seconds) => {
    const end = Date.now() + seconds * 1000;
    const left = h("span", { "aria-hidden": "true" });
    summary.querySelector(".banner > div")?.append(" ", left);
    press.setAttribute("aria-disabled", "true");
    const tick = () => {
      const rest = (end - Date.now()) / 1000;
      left.textContent = t("wait-left", { time: lasting(rest) });
      if (rest > 0) return;
      clear();
      replace(summary, banner("info", t("wait-over")));
      summary.hidden = false;
    };
    countdown = setInterval(tick, 1000);
    tick();
  };
  const isComplete = () => {
    const empty = fields.filter((field) => field.missing && !field.value().trim());
    for (const field of empty) field.fail(field.missing);
    empty[0]?.input.focus();
    return !empty.length;
  };
  const root = h("form", { class: "stack", novalidate: true, method: "post" }, summary, content, press);
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    if (press.getAttribute("aria-disabled") === "true" || !isComplete()) return;
    void whileBusy(press, async () => {
      clear();
      await send(fail).catch(fail);
    });
  });
  return { root, button: press, fail, clear, submit: () => root.requestSubmit() };
}
