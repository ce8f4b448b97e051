/** Sessions as cards. Ending one shows at once; if the server refuses, the card comes back. */

import { api } from "../client.js";
import { h } from "../dom.js";
import { describe, hasCode } from "../problems.js";
import { t } from "../texts.js";
import { button } from "../ui/button.js";
import { confirming } from "../ui/confirm.js";
import { timeAgo } from "../ui/time.js";
import { toast } from "../ui/toast.js";
import { item, list, section } from "./parts.js";
import { deviceIcon, deviceName, placeOf, signedIn } from "./words.js";

/**
 * @typedef {import("./words.js").Schemas["Page_SessionItem"]["items"][number]} Session
 *
 * @typedef {object} Ways
 * @property {import("./account.js").Context} context
 * @property {(id: string) => void} confirm someone says that a login was theirs
 * @property {(id: string) => void} ended a session is over
 */

/**
 * @param {Session[]} sessions
 * @param {Set<string>} odd
 * @param {Ways} ways
 */
export function sessionsSection(sessions, odd, ways) {
  const ordered = [...sessions].sort((a, b) => rank(b) - rank(a) || b.last_active_at.localeCompare(a.last_active_at));
  const rows = list(ordered.map((session) => card(session, odd.has(session.id), ways)));
  const others = ordered.filter(({ current }) => !current).length;
  const all = others > 1 && confirming({
    label: t("sessions-end-others"),
    question: t("sessions-end-others-question", { count: others }),
    yes: t("end"),
    act: () => endOthers(rows, ways),
  });
  const why = h("p", { class: "secondary" }, t("sessions-why"));
  return section(t("sessions-title"), all || null, why, rows);

  /** @param {Session} session */
  function rank(session) {
    return (session.current ? 2 : 0) + (odd.has(session.id) ? 1 : 0);
  }
}

/**
 * @param {Session} session
 * @param {boolean} isOdd
 * @param {Ways} ways
 */
function card(session, isOdd, ways) {
  const name = deviceName(session);
  const where = placeOf(session);
  const seen = session.current ? t("session-active-now") : timeAgo(session.last_active_at, "session-active");
  const row = item({
    glyph: deviceIcon(session),
    name: [name, session.current && h("span", { class: "chip accent" }, t("this-device"))],
    more: [h("span", null, `${where} · `, seen), signedIn(session)],
    act: session.current ? null : end(),
    below: isOdd ? wasThisYou() : null,
    kind: isOdd ? "notable" : "",
  });
  return row;

  function end() {
    const act = () => endOne(row, { id: session.id, name }, ways);
    return confirming({ label: t("end"), question: t("session-end-question"), yes: t("end"), about: name, act });
  }

  function wasThisYou() {
    const yes = button(t("yes"), {
      kind: "dense",
      press: () => {
        ways.confirm(session.id);
        toast(t("was-you-thanks"));
        return ways.context.reload();
      },
    });
    const no = button(t("was-you-no"), { kind: "dense danger", press: () => secure(ways) });
    return h("div", { class: "row" }, h("b", null, t("was-you")), yes, no);
  }
}

/** Takes cards away at once, and puts them back if the server refuses. */
class Removal {
  /** @param {Element[]} rows */
  constructor(rows) {
    this.list = rows[0]?.parentElement;
    this.before = [...(this.list?.children ?? [])];
    const heading = this.list?.closest("section")?.querySelector("h2");
    for (const row of rows) row.remove();
    if (heading) {
      heading.tabIndex = -1;
      heading.focus();
    }
  }

  undo() {
    this.list?.replaceChildren(...this.before);
  }
}

/** @param {Element} row @param {{ id: string, name: string }} session @param {Ways} ways */
async function endOne(row, { id, name }, { ended }) {
  const removal = new Removal([row]);
  try {
    await api("delete", "/api/v1/me/sessions/{id}", { path: { id } });
    toast(t("session-ended", { name }));
    ended(id);
  } catch (error) {
    if (hasCode(error, "not_found")) return ended(id);
    removal.undo();
    toast(t("session-not-ended", { name, why: describe(error).text }));
  }
}

/** @param {HTMLElement} rows @param {Ways} ways */
async function endOthers(rows, { context }) {
  const removal = new Removal([...rows.children].filter((row) => row.querySelector(".act")));
  try {
    const { revoked } = await api("delete", "/api/v1/me/sessions");
    toast(t("sessions-ended", { count: revoked }));
    await context.reload();
  } catch (error) {
    removal.undo();
    toast(t("sessions-not-ended", { why: describe(error).text }));
  }
}

/** Someone else was here: all other sessions end, then the password is changed. @param {Ways} ways */
async function secure({ context }) {
  try {
    await api("delete", "/api/v1/me/sessions");
    toast(t("secured-next"));
    context.go("/password");
  } catch (error) {
    toast(t("sessions-not-ended", { why: describe(error).text }));
  }
}
