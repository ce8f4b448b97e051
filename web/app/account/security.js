/** How someone signs in: password, passkeys, app, SMS, backup codes, other providers. */

import { identities } from "../../vendor/kindred-client/federation.js";
import { api, client } from "../client.js";
import { page } from "../config.js";
import { h } from "../dom.js";
import { guardedApi } from "../guarded.js";
import { describe, hasCode } from "../problems.js";
import { onDay, t } from "../texts.js";
import { button, linkButton } from "../ui/button.js";
import { confirming } from "../ui/confirm.js";
import { openDialog } from "../ui/dialog.js";
import { textField } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { timeAgo } from "../ui/time.js";
import { toast } from "../ui/toast.js";
import { codesView } from "./backup-codes.js";
import { linkedSection } from "./linked.js";
import { headline, item, list, section } from "./parts.js";
import { signalPasskeys } from "./signal.js";

/**
 * @typedef {import("./words.js").Schemas} Schemas
 * @typedef {import("./account.js").Context} Context
 */

/** @type {import("./account.js").View} */
export async function view(context) {
  const [mfa, passkeys, linked] = await Promise.all([
    api("get", "/api/v1/me/mfa"),
    api("get", "/api/v1/me/passkeys"),
    identities(client),
  ]);
  const add = linkButton(t(mfa.enrolled ? "factor-add" : "factor-first"), page("/account/second-factors"), mfa.enrolled ? "" : "primary");
  return h(
    "div",
    { class: "stack loose" },
    headline(t("security-title"), t(mfa.enrolled ? "security-two" : "security-one")),
    section(t("password"), null, list([passwordRow(context.me)])),
    section(t("factors-title"), add, factors(mfa, passkeys.items, context)),
    mfa.enrolled ? codesSection(mfa, context) : null,
    linkedSection(linked, context),
  );
}

/** @param {Context["me"]} me */
function passwordRow(me) {
  if (!me.has_password) {
    const act = linkButton(t("password-first"), page("/account/first-credential"), "plain");
    return item({ glyph: "key", name: t("password"), more: [t("password-row-none")], act });
  }
  const act = linkButton(t("change"), page("/account/password"), "plain");
  return item({ glyph: "key", name: t("password"), more: [t("password-row")], act });
}

/**
 * @param {Schemas["MfaView"]} mfa
 * @param {Schemas["PasskeyItem"][]} passkeys
 * @param {Context} context
 */
function factors(mfa, passkeys, context) {
  const rows = passkeys.map((passkey) => passkeyRow(passkey, context));
  if (mfa.totp) rows.push(appRow(mfa.totp, context));
  if (mfa.sms) rows.push(smsRow(mfa.sms, context));
  if (rows.length) return list(rows);
  return h("div", { class: "list" }, h("div", { class: "empty" }, h("p", null, t("factors-none"))));
}

/** @param {Schemas["PasskeyItem"]} passkey @param {Context} context */
function passkeyRow(passkey, context) {
  const kind = passkey.synced ? t("passkey-synced") : t("passkey-bound");
  const used = passkey.last_used_at ? timeAgo(passkey.last_used_at, "factor-used") : t("factor-unused");
  const rename = button(t("rename"), { kind: "plain", label: `${t("rename")}: ${passkey.name}`, press: () => renamePasskey(passkey, context) });
  const remove = removal(passkey.name, context, async () => {
    await guardedApi("delete", "/api/v1/me/passkeys/{id}", { path: { id: passkey.id } });
    await signalPasskeys();
  });
  const added = t("factor-added", { day: onDay(new Date(passkey.created_at)) });
  const more = [h("span", null, `${kind} · ${added}`), used];
  return item({ glyph: "passkey", name: passkey.name, more, act: h("span", { class: "row" }, rename, remove) });
}

/** @param {Schemas["TotpView"]} app @param {Context} context */
function appRow(app, context) {
  const more = [t("factor-added", { day: onDay(new Date(app.confirmed_at)) }), app.last_used_at ? timeAgo(app.last_used_at, "factor-used") : t("factor-unused")];
  const act = removal(t("method-totp"), context, () => guardedApi("delete", "/api/v1/me/mfa/totp"));
  return item({ glyph: "app", name: t("method-totp"), more, act });
}

/** @param {Schemas["SmsView"]} phone @param {Context} context */
function smsRow(phone, context) {
  const more = [phone.to ?? "", t("factor-added", { day: onDay(new Date(phone.confirmed_at)) })];
  const act = removal(t("method-sms"), context, () => guardedApi("delete", "/api/v1/me/mfa/sms"));
  return item({ glyph: "sms", name: t("method-sms"), more, act });
}

/**
 * @param {string} name
 * @param {Context} context
 * @param {() => Promise<unknown>} remove
 */
function removal(name, context, remove) {
  const act = async () => {
    try {
      await remove();
      toast(t("factor-removed", { name }));
      await context.reload();
    } catch (error) {
      if (!hasCode(error, "step_up_required")) toast(describe(error, "factor").text);
      await context.reload();
    }
  };
  return confirming({ label: t("remove"), question: t("factor-remove-question"), yes: t("remove"), about: name, act });
}

/** @param {Schemas["PasskeyItem"]} passkey @param {Context} context */
function renamePasskey(passkey, context) {
  const name = textField({ name: "name", label: t("passkey-name"), value: passkey.name, missing: t("passkey-name-missing"), maxlength: 100 });
  const entry = form([name], [name.root], {
    submit: t("save"),
    send: async () => {
      await api("patch", "/api/v1/me/passkeys/{id}", { path: { id: passkey.id }, body: { name: name.value().trim() } });
      shown.close();
      await context.reload();
    },
  });
  const shown = openDialog(t("passkey-rename"), [entry.root, button(t("cancel"), { kind: "wide", press: () => shown.close() })]);
  name.input.select();
}

/** @param {Schemas["MfaView"]} mfa @param {Context} context */
function codesSection(mfa, context) {
  const make = async () => {
    try {
      const { backup_codes } = await guardedApi("post", "/api/v1/me/mfa/backup-codes");
      showCodes(backup_codes ?? [], context);
    } catch (error) {
      if (!hasCode(error, "step_up_required")) toast(describe(error).text);
    }
  };
  const act = confirming({ label: t("codes-new"), question: t("codes-new-question"), yes: t("codes-new-yes"), no: t("cancel"), kind: "plain", act: make });
  const row = item({ glyph: "codes", name: t("codes-left", { count: mfa.backup_codes_left }), more: [t("codes-why")], act });
  return section(t("codes-title"), null, list([row]));
}

/** @param {string[]} codes @param {Context} context */
function showCodes(codes, context) {
  const saved = codesView(codes, () => shown.close());
  const shown = openDialog(t("codes-title"), [h("p", null, t("codes-explained")), saved], { onClose: () => void context.reload() });
}
