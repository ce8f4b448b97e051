/** What an administrator can do with an account. What is dangerous names the person and asks once more. */

import { h } from "../dom.js";
import { guardedApi } from "../guarded.js";
import { describe, hasCode } from "../problems.js";
import { t } from "../texts.js";
import { button } from "../ui/button.js";
import { confirming } from "../ui/confirm.js";
import { openDialog } from "../ui/dialog.js";
import { textField } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { toast } from "../ui/toast.js";

/**
 * @typedef {import("../account/words.js").Schemas["AccountItem"]} Account
 * @typedef {{ close: () => void, refresh: () => Promise<void>, changed: () => Promise<void> }} Ways
 * @typedef {"disable" | "enable" | "unlock" | "require-password-change" | "reset-mfa"} Action
 */

/**
 * What can be done with this account as it is, and whether that is dangerous.
 *
 * @param {Account} account
 * @returns {{ action: Action, isDangerous: boolean }[]}
 */
function possibleWith(account) {
  const isLocked = !!(account.locked_at || account.known_devices_locked_at);
  /** @type {[Action, boolean, boolean][]} */
  const possible = [
    ["unlock", isLocked, false],
    ["enable", account.status === "disabled", false],
    ["require-password-change", account.has_password, false],
    ["reset-mfa", account.mfa_enrolled, true],
    ["disable", account.status !== "disabled", true],
  ];
  return possible.filter(([, isPossible]) => isPossible).map(([action, , isDangerous]) => ({ action, isDangerous }));
}

/**
 * The entries of a menu. Each asks once more in a dialog.
 *
 * @param {Account} account
 * @param {Ways} ways
 * @returns {import("../ui/menu.js").Entry[]}
 */
export function actionEntries(account, ways) {
  const entries = possibleWith(account).map(({ action, isDangerous }) => ({
    label: t(`action-${action}`),
    isDangerous,
    act: () => (isDangerous ? askReason(action, account, ways) : askOnce(action, account, ways)),
  }));
  return [...entries, { label: t("action-erase"), isDangerous: true, act: () => askErasure(account, ways) }];
}

/**
 * @param {Account} account
 * @param {Ways} ways
 */
export function actions(account, ways) {
  const name = account.display_name ?? account.email;
  const rows = possibleWith(account).map(({ action, isDangerous }) => {
    const control = isDangerous
      ? button(t(`action-${action}`), { kind: "plain danger", press: () => askReason(action, account, ways) })
      : confirming({
          label: t(`action-${action}`),
          question: t(`action-${action}-question`, { name }),
          yes: t(`action-${action}`),
          no: t("cancel"),
          kind: "plain",
          act: () => perform(action, account, ways),
        });
    return h("li", { class: "item action" }, h("div", { class: "what" }, control, h("span", { class: "more" }, t(`action-${action}-text`))));
  });
  const erase = button(t("action-erase"), { kind: "plain danger", press: () => askErasure(account, ways) });
  rows.push(h("li", { class: "item action" }, h("div", { class: "what" }, erase, h("span", { class: "more" }, t("action-erase-text")))));
  return h("ul", { class: "list" }, rows);
}

/** @param {Action} action @returns {"/api/v1/admin/users/{id}/disable"} */
function pathOf(action) {
  return /** @type {"/api/v1/admin/users/{id}/disable"} */ (`/api/v1/admin/users/{id}/${action}`);
}

/**
 * @param {Action} action
 * @param {Account} account
 * @param {Ways} ways
 */
async function perform(action, account, { refresh, changed }) {
  try {
    await guardedApi("post", pathOf(action), { path: { id: account.id } });
    toast(t(`action-${action}-done`, { name: account.display_name ?? account.email }));
  } catch (error) {
    if (!hasCode(error, "step_up_required")) toast(describe(error, "administration").text);
  }
  await Promise.all([refresh(), changed()]).catch(() => {});
}

/**
 * The dialog is closed first, so that the focus is on the page when its rows are made again.
 *
 * @param {Action} action
 * @param {Account} account
 * @param {Ways} ways
 */
function askOnce(action, account, ways) {
  const press = () => {
    shown.close();
    return perform(action, account, ways);
  };
  const sure = button(t(`action-${action}`), { kind: "primary wide", press });
  const cancel = button(t("cancel"), { kind: "wide", press: () => shown.close() });
  const title = t(`action-${action}-question`, { name: account.display_name ?? account.email });
  const shown = openDialog(title, [h("p", null, t(`action-${action}-text`)), sure, cancel]);
}

/**
 * Asks why, since someone may have to answer for it later.
 *
 * @param {Action} action
 * @param {Account} account
 * @param {Ways} ways
 */
function askReason(action, account, { refresh, changed }) {
  const name = account.display_name ?? account.email;
  const reason = textField({ name: "reason", label: t("action-reason"), hint: t("action-reason-hint"), missing: t("action-reason-missing"), maxlength: 300 });
  const entry = form([reason], [reason.root], {
    submit: t(`action-${action}`),
    kind: "danger primary",
    place: "administration",
    send: async () => {
      try {
        await guardedApi("post", pathOf(action), { path: { id: account.id }, body: { reason: reason.value().trim() } });
      } catch (error) {
        if (hasCode(error, "step_up_required")) return;
        throw error;
      }
      shown.close();
      toast(t(`action-${action}-done`, { name }));
      await Promise.all([refresh(), changed()]).catch(() => {});
    },
  });
  const cancel = button(t("cancel"), { kind: "wide", press: () => shown.close() });
  const shown = openDialog(t(`action-${action}-question`, { name }), [h("p", null, t(`action-${action}-text`)), entry.root, cancel]);
  reason.input.focus();
}

/** @param {Account} account @param {Ways} ways */
function askErasure(account, ways) {
  const { email } = account;
  const address = textField({ name: "email", label: t("erase-type", { email }), missing: t("erase-mismatch") });
  const entry = form([address], [address.root], {
    submit: t("action-erase"),
    kind: "danger primary",
    place: "administration",
    send: async () => {
      if (address.value().trim().toLowerCase() !== email.toLowerCase()) {
        address.fail(t("erase-mismatch"));
        address.input.focus();
        return;
      }
      try {
        await guardedApi("delete", "/api/v1/admin/users/{id}", { path: { id: account.id } });
      } catch (error) {
        if (hasCode(error, "step_up_required")) return;
        throw error;
      }
      shown.close();
      ways.close();
      toast(t("action-erase-done", { name: email }));
      await ways.changed();
    },
  });
  const keep = button(t("erase-keep"), { kind: "wide", press: () => shown.close() });
  const title = t("action-erase-question", { name: account.display_name ?? email });
  const shown = openDialog(title, [h("p", null, t("action-erase-explained")), entry.root, keep]);
}
