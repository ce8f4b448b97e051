/** What the server says of itself in the shell of the page: see web/README.md. */

/**
 * @typedef {object} Provider
 * @property {string} id its name in the settings, and in paths
 * @property {string} name what people call it
 * @property {"google" | "github" | "apple" | "microsoft" | "oidc"} kind
 * @property {string | null} logo
 * @property {boolean} reauthenticates whether someone can confirm with it that it is them
 *
 * @typedef {object} Config
 * @property {string} basePath the path under which the server is published, without a slash at the end
 * @property {string} assets the path of the hashed files, with a slash at the end
 * @property {string} locale
 * @property {"ltr" | "rtl"} direction
 * @property {{ tag: string, name: string, direction: "ltr" | "rtl" }[]} languages
 * @property {{ name: string, logo: string | null, support: string | null, termsUrl: string | null, privacyUrl: string | null }} product
 * @property {"open" | "invite" | "closed"} registration
 * @property {"required" | "optional"} emailVerification
 * @property {string | null} termsVersion
 * @property {{ minLength: number, maxLength: number }} password
 * @property {{ provider: string, siteKey: string | null, registration: boolean, login: boolean, forgot: boolean }} captcha
 * @property {{ rpId: string, rpName: string }} passkeys
 * @property {{ policy: "optional" | "admins" | "required", sms: boolean }} secondFactors
 * @property {string[]} cookieGenerations those that this browser may have cookies of, the preferred one first
 * @property {number} erasureGraceSeconds
 * @property {Record<"login" | "register" | "forgotPassword" | "account" | "administration", boolean>} pages
 * @property {string | null} returnTo where to go on after a login: only ever a target that the server allows
 * @property {Provider[]} providers
 */

/** @returns {Config} */
function read() {
  const found = document.getElementById("kindred-config");
  if (!found?.textContent) throw new Error("the page has no configuration");
  return JSON.parse(found.textContent);
}

export const config = read();

/** A language that was chosen by the address is kept by the links between pages. */
const chosen = new URLSearchParams(location.search).get("lang");

/**
 * The address of one of the server's own pages.
 *
 * @param {string} path
 * @param {Record<string, string | null | undefined>} [query]
 */
export function page(path, query = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, lang: chosen })) if (value) search.set(name, value);
  return `${config.basePath}${path}${search.size ? `?${search}` : ""}`;
}
