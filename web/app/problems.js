/** What a refusal means for the person in front of the page: what happened, what is safe, what to do. */

import { KindredError } from "../vendor/kindred-client/kindred-client.js";
import { hasText, lasting, t } from "./texts.js";

/**
 * @typedef {object} Told
 * @property {string} text
 * @property {string} [field] the member of the request that is to be corrected
 * @property {number} [wait] seconds until it may be tried again
 */

/**
 * Finds words for an error. Words for `login-rate_limited` are preferred to those for `rate_limited`.
 *
 * @param {unknown} error
 * @param {string} [place] what was tried, as the texts name it
 * @returns {Told}
 */
export function describe(error, place = "") {
  if (!(error instanceof KindredError)) return { text: t("error-unexpected", { reference: "–" }) };
  const [first] = error.problem?.errors ?? [];
  const member = first && `${error.code}-${first.code}`;
  const names = [member && `${place}-${member}`, member, `${place}-${error.code}`, error.code];
  const name = names.find((name) => name && hasText(`error-${name}`)) ?? "unexpected";
  const values = {
    reference: error.correlationId ?? "–",
    wait: lasting(error.retryAfter ?? 60),
    detail: first?.detail ?? error.problem?.detail ?? "",
  };
  /** @type {Told} */
  const told = { text: t(`error-${name}`, values) };
  if (first && first.field !== ".") told.field = first.field;
  if (error.retryAfter) told.wait = error.retryAfter;
  return told;
}

/** @param {unknown} error @param {...string} codes */
export function hasCode(error, ...codes) {
  return error instanceof KindredError && codes.includes(error.code);
}

/** Nothing was wrong with the request: the server could not be asked. @param {unknown} error */
export function isUnreachable(error) {
  return hasCode(error, "unreachable", "unavailable", "overloaded", "superseded");
}
