/** The words of the pages, from the Fluent file of the language that the shell names. */

import { FluentBundle, FluentResource } from "../vendor/fluent-bundle/fluent-bundle.js";
import { config } from "./config.js";

/** @typedef {Record<string, string | number | Date>} Values */

export const language = config.locale;

const bundle = new FluentBundle(language, {
  // The marks around inserted values are of use in texts of both directions only, and get copied along with them.
  useIsolating: config.direction === "rtl",
});

/** Fetches the texts. The server has filled in what the language lacks. */
export async function loadTexts() {
  const answer = await fetch(`${config.assets}locales/${language}.ftl`);
  if (!answer.ok) throw new Error(`the texts are not there: ${answer.status}`);
  bundle.addResource(new FluentResource(await answer.text()));
}

/**
 * A text. A name that the files do not have is shown as it is, so that it is noticed.
 *
 * @param {string} id
 * @param {Values} [values]
 */
export function t(id, values) {
  const message = bundle.getMessage(id);
  if (!message?.value) return id;
  return bundle.formatPattern(message.value, { product: config.product.name, ...values }, []);
}

/** @param {string} id */
export function hasText(id) {
  return bundle.hasMessage(id);
}

const UNITS = /** @type {const} */ ([
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
]);

const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const fullDate = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "long" });
const dayOfYear = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", year: "numeric" });
const clock = new Intl.DateTimeFormat(language, { timeStyle: "short" });

/** @param {Date} date */
export function ago(date) {
  const seconds = (date.getTime() - Date.now()) / 1000;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return t("time-just-now");
}

/** @param {Date} date */
export function full(date) {
  return fullDate.format(date);
}

/** A day, with its year if that is another one than this. @param {Date} date */
export function onDay(date) {
  return (date.getFullYear() === new Date().getFullYear() ? day : dayOfYear).format(date);
}

/** @param {Date} date */
export function atTime(date) {
  return clock.format(date);
}

/** A duration in the words of the language. @param {number} seconds */
export function lasting(seconds) {
  if (seconds < 60) return t("duration-seconds", { count: Math.max(1, Math.ceil(seconds)) });
  if (seconds < 3_600) return t("duration-minutes", { count: Math.ceil(seconds / 60) });
  return t("duration-hours", { count: Math.ceil(seconds / 3_600) });
}
