/** Fields with a label above, a hint below, and an error in the place of the hint. */

import { h, newId, replace } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../texts.js";

/**
 * @typedef {object} Field
 * @property {HTMLElement} root
 * @property {HTMLInputElement} input
 * @property {() => string} value
 * @property {(text?: string) => void} fail shows an error, or removes it
 *
 * @typedef {object} FieldOptions
 * @property {string} name
 * @property {string} label
 * @property {string} [type]
 * @property {string} [autocomplete]
 * @property {string} [inputmode]
 * @property {string} [hint]
 * @property {string} [value]
 * @property {string} [missing] what is said when it is left empty; without it, it may be
 * @property {Node} [aside] beside the label
 * @property {string} [kind] further classes of the input
 * @property {number} [maxlength]
 */

/**
 * @param {FieldOptions} options
 * @returns {Field & { missing?: string }}
 */
export function textField(options) {
  const { name, label, type = "text", autocomplete = "off", inputmode, value = "", kind = "", maxlength } = options;
  const id = newId();
  const isPlain = ["email", "password", "text"].includes(type) && name !== "display_name";
  const input = h("input", {
    id,
    name,
    type,
    value,
    autocomplete,
    inputmode,
    maxlength,
    class: `input ${kind}`.trim(),
    "aria-required": options.missing ? "true" : null,
    ...(isPlain ? { autocapitalize: "none", autocorrect: "off", spellcheck: "false" } : {}),
  });
  return fieldOf(input, input, label, options);
}

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} control the input, or what surrounds it
 * @param {string} label
 * @param {{ hint?: string, aside?: Node, missing?: string }} options
 * @returns {Field & { missing?: string }}
 */
function fieldOf(input, control, label, { hint, aside, missing }) {
  const note = h("p", { id: newId(), class: "hint" }, hint);
  note.hidden = !hint;
  if (hint) input.setAttribute("aria-describedby", note.id);
  const title = h("label", { for: input.id }, label);
  const root = h("div", { class: "field" }, aside ? h("div", { class: "label-row" }, title, aside) : title, control, note);
  const fail = (/** @type {string | undefined} */ text = undefined) => {
    const shown = text ?? hint;
    note.className = text ? "error" : "hint";
    note.hidden = !shown;
    if (text) replace(note, icon("alert", 18), h("span", null, text));
    else replace(note, hint);
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    if (shown) input.setAttribute("aria-describedby", note.id);
    else input.removeAttribute("aria-describedby");
  };
  input.addEventListener("input", () => {
    if (input.ariaInvalid === "true") fail();
  });
  /** @type {Field & { missing?: string }} */
  const field = { root, input, fail, value: () => input.value };
  if (missing) field.missing = missing;
  return field;
}

/**
 * A password: can be shown, says when Caps Lock is on, and never blocks pasting.
 *
 * @param {FieldOptions} options
 */
export function passwordField(options) {
  const id = newId();
  const input = h("input", {
    id,
    name: options.name,
    type: "password",
    class: "input",
    autocomplete: options.autocomplete ?? "current-password",
    autocapitalize: "none",
    spellcheck: "false",
    "aria-required": "true",
  });
  const toggle = h("button", { type: "button", "aria-pressed": "false", "aria-label": t("password-show-long") });
  const set = (/** @type {boolean} */ isShown) => {
    input.type = isShown ? "text" : "password";
    toggle.setAttribute("aria-pressed", String(isShown));
    toggle.textContent = isShown ? t("password-hide") : t("password-show");
  };
  set(false);
  toggle.addEventListener("click", () => set(input.type === "password"));
  const caps = h("p", { class: "hint", role: "status" });
  caps.hidden = true;
  const watch = (/** @type {KeyboardEvent} */ event) => {
    const isOn = event.getModifierState?.("CapsLock") ?? false;
    caps.hidden = !isOn;
    caps.textContent = isOn ? t("password-caps-lock") : "";
  };
  input.addEventListener("keydown", watch);
  input.addEventListener("keyup", watch);
  input.addEventListener("blur", () => (caps.hidden = true));
  const control = h("div", { class: "with-action" }, input, toggle);
  const field = fieldOf(input, control, options.label, options);
  field.root.append(caps);
  return { ...field, hide: () => set(false) };
}

/**
 * A code: six spaced digits in one input, or the longer text of a backup code. What is pasted may have blanks.
 *
 * @param {{ label: string, hint?: string, isWords?: boolean, onComplete?: () => void }} options
 */
export function codeField({ label, hint, isWords = false, onComplete }) {
  const field = textField({
    name: "code",
    label,
    ...(hint ? { hint } : {}),
    missing: t("code-missing"),
    autocomplete: isWords ? "off" : "one-time-code",
    inputmode: isWords ? "text" : "numeric",
    kind: isWords ? "code words" : "code",
  });
  field.input.addEventListener("input", () => {
    const digits = field.input.value.replace(/[\s-]/g, "");
    if (isWords || !/^\d*$/.test(digits)) return;
    field.input.value = digits.slice(0, 6);
    if (digits.length === 6) onComplete?.();
  });
  return field;
}

/**
 * @param {string} label
 * @param {{ name: string, hint?: string, isChecked?: boolean }} options
 */
export function checkbox(label, { name, hint, isChecked = false }) {
  const note = hint ? h("p", { id: newId(), class: "hint" }, hint) : null;
  const input = h("input", { type: "checkbox", id: newId(), name, checked: isChecked, "aria-describedby": note?.id });
  const root = h("div", { class: "check" }, input, h("label", { for: input.id }, label), note);
  return { root, input };
}
