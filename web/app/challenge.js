/** Finds the answer to a CAPTCHA: in the background for the proof of work, and in a frame for services. */

import { api, KindredError } from "./client.js";
import { config } from "./config.js";
import { h, replace } from "./dom.js";
import { t } from "./texts.js";
import { workerOf } from "./trusted.js";

/** @typedef {import("./captcha.js").Action} Action */

/**
 * @param {Action} action
 * @param {HTMLElement} place
 * @returns {Promise<string>}
 */
export async function answer(action, place) {
  place.hidden = false;
  const challenge = await api("get", "/api/v1/auth/captcha", { query: { action } });
  if (challenge.provider !== "proof_of_work") return framed(action, place);
  replace(place, h("p", { class: "secondary small", role: "status" }, t("captcha-working")));
  const { parameters, signature } = challenge;
  const solution = await worked(parameters);
  return btoa(JSON.stringify({ challenge: { parameters, signature }, solution }));
}

/** @param {unknown} parameters @returns {Promise<unknown>} */
function worked(parameters) {
  const worker = workerOf("proof-worker.js");
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = () => reject(new KindredError("captcha_invalid"));
    worker.postMessage(parameters);
  }).finally(() => worker.terminate());
}

/**
 * The page of the service's challenge, which tells us the answer.
 *
 * @param {Action} action
 * @param {HTMLElement} place
 * @returns {Promise<string>}
 */
function framed(action, place) {
  const query = new URLSearchParams({ action, parent: location.origin });
  const source = `${config.basePath}/captcha?${query}`;
  const frame = h("iframe", { src: source, title: t("captcha-frame"), class: "challenge" });
  replace(place, frame);
  return new Promise((resolve, reject) => {
    const listen = (/** @type {MessageEvent} */ event) => {
      const isOurs = event.origin === location.origin && event.source === frame.contentWindow;
      if (!isOurs || event.data?.type !== "kindred-captcha") return;
      if (event.data.error === "expired") {
        frame.src = source;
        return;
      }
      removeEventListener("message", listen);
      if (event.data.token) resolve(event.data.token);
      else reject(new KindredError("captcha_invalid"));
    };
    addEventListener("message", listen);
  });
}
