/** Other providers, such as Google: their names, their buttons, and the way there and back. */

import { loginUrl, returnOf, withoutReturn } from "../../vendor/kindred-client/federation.js";
import { client } from "../client.js";
import { config, page } from "../config.js";
import { h } from "../dom.js";
import { drawn } from "../icons.js";
import { t } from "../texts.js";
import { linkButton } from "../ui/button.js";

/**
 * @typedef {import("../config.js").Provider} Provider
 * @typedef {"login" | "link" | "step_up"} Purpose
 *
 * @typedef {object} Back what a browser has come back with
 * @property {Purpose} purpose
 * @property {string} provider the name of the provider in the settings, or nothing
 * @property {string} [code]
 * @property {string} [error]
 */

/** What we add to the address that a browser comes back to. */
const PURPOSE = "federation_purpose";
const PROVIDER = "federation_provider";
/** What a server says of a login that did not work. Anyone can write anything into an address. */
const ERRORS = ["federation_failed", "federation_cancelled", "provider_unavailable"];

/** Simple signs. The logos of the providers are trademarks, whose owners say how they may be used. @type {Record<Provider["kind"], string>} */
const MARKS = {
  google: "M19.400 8.500A8.200 8.200 0 1 0 20.200 12H12.500",
  github: "M7 7.500v9M7 7.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM7 20.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM17 9.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM17 9.500c0 3.500-10 2.500-10 7",
  apple: "M5 20L12 4l7 16M7.700 14h8.600",
  microsoft: "M4 4h16v16H4zM12 4v16M4 12h16",
  oidc: "M5 20V4.500h9V20M14 9.500h5V20M3 20h18M8 8.500h3M8 12h3M8 15.500h3",
};

/** @param {string} id */
export function providerOf(id) {
  return config.providers.find((provider) => provider.id === id);
}

/** What people call a provider, also one that is no longer offered. @param {string} id */
export function providerName(id) {
  return providerOf(id)?.name ?? (id || t("provider-other"));
}

/** Its logo, or a sign that is drawn here. @param {string} id */
export function providerMark(id) {
  const provider = providerOf(id);
  if (provider?.logo) return h("img", { src: provider.logo, alt: "", width: 20, height: 20 });
  return drawn(MARKS[provider?.kind ?? "oidc"]);
}

/**
 * The way to each provider, and back to the login page.
 *
 * @returns {HTMLElement[]}
 */
export function providerButtons() {
  return config.providers.map(({ id, name }) => {
    const returnTo = page("/login", { returnTo: config.returnTo, ...marked("login", id) });
    return linkButton([providerMark(id), t("login-provider", { name })], loginUrl(client, id, { returnTo }), "wide");
  });
}

/** The address of this page for a browser that comes back. @param {Purpose} purpose @param {string} provider */
export function hereAgain(purpose, provider) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(marked(purpose, provider))) url.searchParams.set(name, value);
  return url.pathname + url.search;
}

/** @param {Purpose} purpose @param {string} provider */
function marked(purpose, provider) {
  return { [PURPOSE]: purpose, [PROVIDER]: provider };
}

/**
 * What the browser has come back with. It is taken out of the address, and so counts once.
 *
 * @returns {Back | undefined}
 */
export function takeBack() {
  const found = returnOf(location.href);
  if (!found) return undefined;
  const purpose = new URLSearchParams(location.search).get(PURPOSE);
  const clean = new URL(withoutReturn(location.href));
  clean.searchParams.delete(PURPOSE);
  history.replaceState(null, "", clean);
  const { code, error } = found;
  const provider = providerOf(found.provider ?? "")?.id ?? "";
  const result = code ? { code } : { error: ERRORS.find((known) => known === error) ?? "federation_failed" };
  return { ...result, provider, purpose: purpose === "link" || purpose === "step_up" ? purpose : "login" };
}
