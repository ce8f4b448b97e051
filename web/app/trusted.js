/** The one Trusted Types policy: script URLs are those of our own hashed files. */

import { config } from "./config.js";

/** @typedef {{ createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string } }} Factory */

const rules = {
  /** @param {string} url */
  createScriptURL(url) {
    const { origin, pathname } = new URL(url, location.href);
    if (origin !== location.origin || !pathname.startsWith(`${config.assets}app/`)) {
      throw new TypeError("this is no script of the application");
    }
    return url;
  },
};

const factory = /** @type {{ trustedTypes?: Factory }} */ (/** @type {unknown} */ (globalThis)).trustedTypes;
const policy = factory?.createPolicy("kindred", rules) ?? rules;

/** A worker from a module of the application. @param {string} name */
export function workerOf(name) {
  return new Worker(policy.createScriptURL(`${config.assets}app/${name}`), { type: "module" });
}
