/** Other providers, such as Google: their names, their buttons, and the way there and back. */

import { loginUrl, returnOf, withoutReturn } from "../../vendor/kindred-client/kindred-client.js";
import { client } from "../client.js";
import { config, page } from "../config.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
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

/** @satisfies {Record<Provider["kind"], import("../icons.js").IconName>} */
const MARKS = { google: "google", github: "branch", apple: "apple", microsoft: "panes", oidc: "building" };

/** @param {string} id */
export function providerOf(id) {
  return config.providers.find((provider) => provider.id === id);
}

/** What people call a provider, also one that is no longer offered. @param {string} id */
export function providerName(id) {
  return providerOf(id)?.name ?? (id || t("provider-other"));
}

/** Its logo, or a sign that is drawn here: logos of providers are trademarks. @param {string} id */
export function providerMark(id) {
  const provider = providerOf(id);
  if (provider?.logo) return h("img", { src: provider.logo, alt: "", width: 20, height: 20 });
  return icon(MARKS[provider?.kind ?? "oidc"]);
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
  return { ...found, provider: found.provider ?? "", purpose: purpose === "link" || purpose === "step_up" ? purpose : "login" };
}
