/** Passkeys at the login: offered by the browser in the field of the address, and by a button. */

import { hasAutofill, loginWithPasskey } from "../../vendor/kindred-client/kindred-client.js";
import { challengeIn } from "../captcha.js";
import { client, zone } from "../client.js";
import { hasCode } from "../problems.js";

/** Milliseconds after which an offer is made again when the field gets the focus: its challenge lives five minutes. */
const RENEW_AFTER = 120_000;

/**
 * Offers passkeys in the field, and renews the challenge when someone comes back to it.
 *
 * @param {object} offer
 * @param {HTMLInputElement} offer.field
 * @param {HTMLElement} offer.captcha where a CAPTCHA can be shown
 * @param {() => void} offer.done
 * @param {(error: unknown) => void} offer.fail
 */
export function offerPasskeys({ field, captcha, done, fail }) {
  let offer = new AbortController();
  let madeAt = -Infinity;
  let isOver = false;

  const make = async () => {
    if (isOver || performance.now() - madeAt < RENEW_AFTER || !(await hasAutofill())) return;
    offer.abort();
    offer = new AbortController();
    const { signal } = offer;
    madeAt = performance.now();
    try {
      await loginWithPasskey(client, { ...zone, mediation: "conditional", signal, captcha: challengeIn(captcha) });
      if (!signal.aborted) done();
    } catch (error) {
      if (signal.aborted || hasCode(error, "dismissed", "unreachable")) return;
      madeAt = -Infinity;
      fail(error);
    }
  };
  field.addEventListener("focus", () => void make());
  void make();
  return {
    /** While another way to log in runs: a browser has one question at a time. */
    pause: () => {
      offer.abort();
      madeAt = -Infinity;
    },
    resume: () => void make(),
    stop: () => {
      isOver = true;
      offer.abort();
    },
  };
}

/**
 * @param {HTMLElement} place for a CAPTCHA
 * @returns {Promise<boolean>} whether someone is logged in now
 */
export async function loginByButton(place) {
  try {
    await loginWithPasskey(client, { ...zone, captcha: challengeIn(place) });
    return true;
  } catch (error) {
    if (hasCode(error, "dismissed")) return false;
    throw error;
  }
}
