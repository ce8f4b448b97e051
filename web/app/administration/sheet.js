/** One person at the side: what is known, sessions, events, actions. */

import { api, client } from "../client.js";
import { h, newId, replace } from "../dom.js";
import { guardedApi } from "../guarded.js";
import { icon } from "../icons.js";
import { describe, hasCode } from "../problems.js";
import { onDay, t } from "../texts.js";
import { button } from "../ui/button.js";
import { confirming } from "../ui/confirm.js";
import { timeAgo } from "../ui/time.js";
import { toast } from "../ui/toast.js";
import { item, list, section } from "../account/parts.js";
import { agentName, deviceIcon, deviceName, eventText, placeOf, signedIn } from "../account/words.js";
import { actions } from "./actions.js";
import { chipsOf } from "./people.js";

/**
 * @typedef {import("../account/words.js").Schemas} Schemas
 * @typedef {{ onClose: () => void, onChange: () => Promise<void> }} Ways
 */

/**
 * @param {string} id
 * @param {Ways} ways
 */
export async function openSheet(id, ways) {
  const inside = h("div", { class: "inside" });
  const dialog = h("dialog", { class: "sheet", "aria-labelledby": "sheet-title" }, inside);
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const refresh = async () => {
    const whole = await read(id);
    replace(inside, contentOf(whole, { close: () => dialog.close(), refresh, changed: ways.onChange }));
  };
  await refresh();
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before?.isConnected) before.focus();
    ways.onClose();
  });
  document.body.append(dialog);
  dialog.showModal();
  /** @type {HTMLElement | null} */ (dialog.querySelector("h2"))?.focus();
}

/** @param {string} id */
async function read(id) {
  const path = { id };
  const [account, sessions, events] = await Promise.all([
    api("get", "/api/v1/admin/users/{id}", { path }),
    api("get", "/api/v1/admin/users/{id}/sessions", { path }),
    api("get", "/api/v1/admin/events", { query: { user: id, limit: 20 } }),
  ]);
  return { account, sessions: sessions.items, events: "items" in events ? events.items : [] };
}

/**
 * @param {Awaited<ReturnType<typeof read>>} whole
 * @param {{ close: () => void, refresh: () => Promise<void>, changed: () => Promise<void> }} ways
 */
function contentOf({ account, sessions, events }, ways) {
  const title = h("h2", { id: "sheet-title", tabindex: "-1" }, account.display_name ?? account.email);
  const close = button(icon("close"), { kind: "plain icon-only", label: t("close"), press: ways.close });
  const isAdministrator = client.state().user?.roles.includes("admin") ?? false;
  const isOwn = client.state().user?.id === account.id;
  return [
    h("header", null, h("div", { class: "stack tight" }, title, h("div", { class: "chips" }, chipsOf(account))), close),
    facts(account),
    section(t("person-sessions"), null, sessionsOf(account, sessions, ways.refresh)),
    isAdministrator && !isOwn ? section(t("actions-title"), null, actions(account, ways)) : null,
    section(t("activity-title"), null, eventsOf(events)),
  ];
}

/** @param {Schemas["AccountItem"]} account */
function facts(account) {
  const rows = [
    [t("email"), account.email],
    [t("people-factors"), t(account.mfa_enrolled ? "people-two-factors" : "people-one-factor")],
    [t("people-since"), onDay(new Date(account.created_at))],
    [t("people-seen"), account.last_seen_at && timeAgo(account.last_seen_at)],
    [t("people-external"), account.external_id],
    [t("people-id"), h("code", null, account.id)],
  ].filter(([, value]) => value);
  return h("dl", { class: "facts" }, rows.flatMap(([name, value]) => [h("dt", null, name), h("dd", null, value)]));
}

/**
 * @param {Schemas["AccountItem"]} account
 * @param {Schemas["SessionItem"][]} sessions
 * @param {() => Promise<void>} refresh
 */
function sessionsOf(account, sessions, refresh) {
  if (!sessions.length) return h("p", { class: "secondary" }, t("sessions-none"));
  const rows = sessions.map((session) => {
    const name = deviceName(session);
    const end = async () => {
      try {
        await guardedApi("delete", "/api/v1/admin/users/{id}/sessions/{sid}", { path: { id: account.id, sid: session.id } });
        toast(t("session-ended", { name }));
      } catch (error) {
        if (!hasCode(error, "step_up_required")) toast(t("session-not-ended", { name, why: describe(error).text }));
      }
      await refresh();
    };
    const where = placeOf(session);
    return item({
      glyph: deviceIcon(session),
      name,
      more: [h("span", null, `${where} · `, timeAgo(session.last_active_at, "session-active")), signedIn(session)],
      act: confirming({ label: t("end"), question: t("session-end-question"), yes: t("end"), about: name, act: end }),
    });
  });
  return list(rows);
}

/** @param {Schemas["EventItem"][]} events */
function eventsOf(events) {
  if (!events.length) return h("p", { class: "secondary" }, t("events-none"));
  const rows = events.map(({ kind, created_at, address, user_agent, detail }) => {
    const where = [agentName(user_agent), address].filter(Boolean).join(" · ");
    const { stated_reason: reason } = /** @type {{ stated_reason?: string }} */ (detail);
    const why = reason ? h("span", { class: "more" }, t("event-reason", { reason })) : null;
    return h("li", null, h("b", null, eventText(kind)), timeAgo(created_at), why, where ? h("span", { class: "more" }, where) : null);
  });
  return h("ul", { class: "list events", id: newId() }, rows);
}
