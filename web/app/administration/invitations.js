/** Who was invited, and whether they came. */

import { api, client } from "../client.js";
import { h, replace } from "../dom.js";
import { guardedApi } from "../guarded.js";
import { describe, hasCode } from "../problems.js";
import { t } from "../texts.js";
import { button } from "../ui/button.js";
import { confirming } from "../ui/confirm.js";
import { timeAgo } from "../ui/time.js";
import { toast } from "../ui/toast.js";
import { openInvitation } from "./invite.js";

/** @typedef {import("../account/words.js").Schemas["InvitationItem"]} Invitation */

const KINDS = /** @type {Record<string, string>} */ ({ open: "accent", pending: "accent", accepted: "success", expired: "", revoked: "" });

/** @returns {Promise<HTMLElement>} */
export async function view() {
  const place = h("div", { class: "stack" });
  await fill(place);
  return place;
}

/** Shows the first page. @param {HTMLElement} place */
async function fill(place) {
  const { items, next_cursor } = await read();
  const again = () => fill(place).catch((error) => toast(describe(error).text));
  const rows = h("tbody", null, rowsOf(items, again));
  const heads = ["email", "role", "people-state", "invited-at"].map((id) => h("th", { scope: "col" }, t(id)));
  const table = h("table", { class: "people" }, h("caption", { class: "visually-hidden" }, t("invitations-title")), h("thead", null, h("tr", null, heads, h("td"))), rows);
  const empty = h("div", { class: "list" }, h("div", { class: "empty" }, h("p", null, t("invitations-none"))));
  const invite = isAdministrator() && button(t("invite"), { kind: "primary", press: () => openInvitation(again) });
  const more = h("div");
  showMore(more, rows, next_cursor, again);
  replace(place, h("div", { class: "row apart" }, h("h1", null, t("invitations-title")), invite), items.length ? table : empty, more);
}

/** @param {string} [cursor] */
function read(cursor) {
  return api("get", "/api/v1/admin/invitations", { query: cursor ? { limit: 50, cursor } : { limit: 50 } });
}

/**
 * The button that appends the next page.
 *
 * @param {HTMLElement} place
 * @param {HTMLElement} rows
 * @param {string | null | undefined} cursor
 * @param {() => Promise<void>} again
 */
function showMore(place, rows, cursor, again) {
  const next = async () => {
    try {
      const { items, next_cursor } = await read(cursor ?? "");
      rows.append(...rowsOf(items, again));
      showMore(place, rows, next_cursor, again);
    } catch (error) {
      toast(describe(error).text);
    }
  };
  replace(place, cursor ? button(t("show-more"), { press: next }) : null);
}

function isAdministrator() {
  return client.state().user?.roles.includes("admin") ?? false;
}

/** @param {Invitation[]} items @param {() => Promise<void>} again */
function rowsOf(items, again) {
  return items.map((invitation) => row(invitation, isAdministrator(), again));
}

/** @param {Invitation} invitation @param {boolean} canRevoke @param {() => Promise<void>} changed */
function row({ id, email, roles, state, created_at }, canRevoke, changed) {
  const revoke = async () => {
    try {
      await guardedApi("delete", "/api/v1/admin/invitations/{id}", { path: { id } });
      toast(t("invitation-revoked-told", { address: email }));
    } catch (error) {
      if (!hasCode(error, "step_up_required")) toast(describe(error).text);
    }
    await changed();
  };
  const isOpen = !["accepted", "expired", "revoked"].includes(state);
  const act = canRevoke && isOpen && confirming({ label: t("revoke"), question: t("revoke-question"), yes: t("revoke"), about: email, act: revoke });
  const chip = h("span", { class: `chip ${KINDS[state] ?? "accent"}`.trim() }, t(`invitation-${isOpen ? "open" : state}`));
  const role = roles.filter((role) => role !== "user").map((role) => t(`role-${role}`)).join(", ") || t("role-user");
  return h("tr", null, h("td", null, h("b", null, email)), h("td", null, role), h("td", null, chip), h("td", null, timeAgo(created_at)), h("td", null, act || null));
}
