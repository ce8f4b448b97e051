/** The line of truth, the devices that are signed in, and those that are trusted. */

import { api } from "../client.js";
import { page } from "../config.js";
import { h } from "../dom.js";
import { onDay, t } from "../texts.js";
import { linkButton } from "../ui/button.js";
import { endedSection } from "./ended.js";
import { headline } from "./parts.js";
import { sessionsSection } from "./sessions.js";
import { trustedSection } from "./trusted.js";

/**
 * @typedef {import("./words.js").Schemas} Schemas
 *
 * @typedef {object} Known
 * @property {Schemas["ProfileResponse"]} me
 * @property {Schemas["Page_SessionItem"]["items"]} sessions
 * @property {Schemas["MfaView"]} mfa
 * @property {Schemas["Page_OwnEventItem"]["items"]} events
 */

/** Where someone has said that it was them. */
const CONFIRMED = "kindred.confirmed-logins";

/** @type {import("./account.js").View} */
export async function view(context) {
  const [sessions, devices, mfa, events] = await Promise.all([
    api("get", "/api/v1/me/sessions"),
    api("get", "/api/v1/me/devices"),
    api("get", "/api/v1/me/mfa"),
    api("get", "/api/v1/me/security-events", { query: { limit: 50 } }),
  ]);
  /** @type {Known} */
  const known = { me: context.me, sessions: sessions.items, mfa, events: events.items };
  const odd = oddSessions(known);
  let line = truth(known, odd);
  let over = endedSection();
  /** What is said on top, and the list of what is over, are true at once. @param {string} id */
  const ended = (id) => {
    known.sessions = known.sessions.filter((session) => session.id !== id);
    odd.delete(id);
    const [nextLine, nextOver] = [truth(known, odd), endedSection()];
    line.replaceWith(nextLine);
    over.replaceWith(nextOver);
    [line, over] = [nextLine, nextOver];
  };
  return h(
    "div",
    { class: "stack loose" },
    line,
    sessionsSection(known.sessions, odd, { context, confirm: confirmLogin, ended }),
    over,
    devices.items.length ? trustedSection(devices.items) : null,
  );
}

/** One sentence, and the one thing that needs attention. @param {Known} known @param {Set<string>} odd */
function truth({ me, sessions, mfa }, odd) {
  const first = t("truth-devices", { count: sessions.length });
  const rest = attention(me, mfa, odd);
  const line = headline(first, rest.text);
  if (rest.label) line.append(h("div", { class: "row" }, linkButton(rest.label, page(rest.path ?? "/account"), "primary")));
  return line;
}

/**
 * @param {Known["me"]} me
 * @param {Known["mfa"]} mfa
 * @param {Set<string>} odd
 * @returns {{ text: string, label?: string, path?: string }}
 */
function attention(me, mfa, odd) {
  if (odd.size) return { text: t("truth-odd", { count: odd.size }) };
  if (me.erase_at) return { text: t("truth-erasing", { day: onDay(new Date(me.erase_at)) }) };
  if (!me.email_verified) return { text: t("truth-unverified", { email: me.email }) };
  if (!mfa.enrolled) return { text: t("truth-no-factor"), label: t("truth-no-factor-act"), path: "/account/second-factors" };
  if (mfa.backup_codes_left <= 2) {
    return { text: t("truth-codes", { count: mfa.backup_codes_left }), label: t("truth-codes-act"), path: "/account/security" };
  }
  return { text: t("truth-nothing") };
}

/** Sessions whose login was unusual, and no one has said anything about. @param {Known} known */
function oddSessions({ sessions, events }) {
  const confirmed = confirmedLogins();
  const unusual = events.filter(({ kind }) => kind === "login.anomalous").map(({ session_id }) => session_id);
  return new Set(sessions.filter(({ id }) => unusual.includes(id) && !confirmed.includes(id)).map(({ id }) => id));
}

/** @returns {string[]} */
function confirmedLogins() {
  try {
    return JSON.parse(localStorage.getItem(CONFIRMED) ?? "[]");
  } catch {
    return [];
  }
}

/** @param {string} id */
function confirmLogin(id) {
  localStorage.setItem(CONFIRMED, JSON.stringify([id, ...confirmedLogins()].slice(0, 50)));
}
