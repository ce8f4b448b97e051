/** Requests that the server may demand the answer to a CAPTCHA for. */

import { replace } from "./dom.js";
import { hasCode } from "./problems.js";

/** @typedef {"register" | "login" | "forgot"} Action */

/**
 * How the client finds an answer, where a login needs one.
 *
 * @param {HTMLElement} place where a challenge can be shown
 * @returns {(action: Action) => Promise<string>}
 */
export function challengeIn(place) {
  return async (action) => {
    try {
      return await (await import("./challenge.js")).answer(action, place);
    } finally {
      replace(place);
      place.hidden = true;
    }
  };
}

/**
 * Sends a request that is no login, and sends it again with an answer where the server demands one.
 *
 * @template T
 * @param {Action} action
 * @param {HTMLElement} place where a challenge can be shown
 * @param {(token: string | undefined) => Promise<T>} send
 * @param {boolean} isKnown whether it is known before that an answer will be demanded
 */
export async function withCaptcha(action, place, send, isKnown = false) {
  const answer = () => challengeIn(place)(action);
  try {
    return await send(isKnown ? await answer() : undefined);
  } catch (error) {
    if (!hasCode(error, "captcha_required", "captcha_invalid")) throw error;
    return await send(await answer());
  }
}
