/** Words for devices, sessions and events. */

import { hasText, language, onDay, t } from "../texts.js";

/**
 * @typedef {import("../../vendor/kindred-client/schema.js").components["schemas"]} Schemas
 * @typedef {{ browser?: string | null, os?: string | null, device_type: string, name?: string | null, device_name?: string | null }} Described
 */

/** @param {Described} device */
export function deviceName({ browser, os, name, device_name }) {
  const given = name ?? device_name;
  if (given) return given;
  if (browser && os) return t("device-on", { browser, os });
  return browser ?? os ?? t("device-unknown");
}

/** @param {Described} device @returns {import("../icons.js").IconName} */
export function deviceIcon({ device_type, os }) {
  if (device_type === "desktop") return "laptop";
  if (device_type === "mobile") return "phone";
  return os === "iPadOS" || os === "Android" ? "tablet" : "app";
}

/** How a session began: "Signed in 12 March with passkey". @param {{ amr: string[], created_at: string }} session */
export function signedIn({ amr, created_at }) {
  return t("session-signed-in", { day: onDay(new Date(created_at)), how: methodOf(amr) });
}

/** @param {string[]} amr */
function methodOf(amr) {
  if (amr.includes("fed") && !amr.includes("pwd")) return t("amr-provider");
  const isPasskey = amr.includes("swk") || amr.includes("hwk");
  if (isPasskey && !amr.includes("pwd")) return t("amr-passkey");
  if (isPasskey) return t("amr-password-passkey");
  if (amr.includes("sms")) return t("amr-password-sms");
  if (amr.includes("otp")) return t("amr-password-code");
  if (amr.includes("pwd")) return t("amr-password");
  return t("amr-other");
}

const regions = new Intl.DisplayNames(language, { type: "region" });

/** Where a session is used: "Berlin, Germany", or only the network. @param {{ location?: string | null, ip?: string | null }} session */
export function placeOf({ location, ip }) {
  return location?.replace(/\b[A-Z]{2}$/, (code) => regions.of(code) ?? code) ?? ip ?? t("place-unknown");
}

/** Why a session has ended. @param {string} reason */
export function endReason(reason) {
  const id = `end-reason-${reason}`;
  return hasText(id) ? t(id) : t("end-reason-other");
}

/** What an event says to someone who knows nothing of its name. @param {string} kind */
export function eventText(kind) {
  const id = `event-${kind.replaceAll(".", "-")}`;
  return hasText(id) ? t(id) : t("event-other", { kind });
}

const BROWSERS = /** @type {const} */ ([
  [/Edg\w*\//, "Edge"],
  [/OPR\/|Opera/, "Opera"],
  [/SamsungBrowser\//, "Samsung Internet"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/Chrome\/|CriOS\/|Chromium\//, "Chrome"],
  [/Version\/.*Safari\//, "Safari"],
]);
const SYSTEMS = /** @type {const} */ ([
  [/iPad/, "iPadOS"],
  [/iPhone/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/CrOS/, "ChromeOS"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/Linux/, "Linux"],
]);

/** The browser or app of a user agent, roughly. @param {string | null | undefined} agent */
export function agentName(agent) {
  if (!agent) return "";
  const browser = BROWSERS.find(([pattern]) => pattern.test(agent))?.[1];
  const os = SYSTEMS.find(([pattern]) => pattern.test(agent))?.[1];
  if (browser && os) return t("device-on", { browser, os });
  return browser ?? os ?? agent.split(/[/ ]/)[0] ?? "";
}
