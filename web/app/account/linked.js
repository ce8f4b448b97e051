/** The accounts at other providers with which someone can sign in here. */

import { linkUrl, removeIdentity } from "../../vendor/kindred-client/federation.js";
import { client } from "../client.js";
import { config } from "../config.js";
import { h } from "../dom.js";
import { hereAgain, providerMark, providerName, providerOf } from "../federation/providers.js";
import { stepUpFetch } from "../guarded.js";
import { describe, hasCode } from "../problems.js";
import { onDay, t } from "../texts.js";
import { button } from "../ui/button.js";
import { confirming } from "../ui/confirm.js";
import { openDialog } from "../ui/dialog.js";
import { form } from "../ui/form.js";
import { timeAgo } from "../ui/time.js";
import { toast } from "../ui/toast.js";
import { item, list, section } from "./parts.js";

/**
 * @typedef {import("../../vendor/kindred-client/federation.js").Identity} Identity
 * @typedef {import("./account.js").Context} Context
 */

/** Names a provider that someone wants to link, who has signed in for that. */
const WANTED = "link";

/** @param {Identity[]} identities @param {Context} context */
export function linkedSection(identities, context) {
  const free = config.providers.filter(({ id }) => !identities.some(({ provider }) => provider === id));
  if (!identities.length && !free.length) return null;
  const rows = [...identities.map((identity) => identityRow(identity, context)), ...free.map(({ id }) => freeRow(id))];
  offerWanted(identities);
  return section(t("linked-title"), null, h("p", { class: "secondary" }, t("linked-why")), list(rows));
}

/** @param {Identity} identity @param {Context} context */
function identityRow(identity, context) {
  const name = providerName(identity.provider);
  const added = t("linked-added", { day: onDay(new Date(identity.created_at)) });
  const used = identity.last_used_at ? timeAgo(identity.last_used_at, "factor-used") : t("factor-unused");
  const over = identity.usable ? null : h("span", { class: "chip warning" }, t("linked-over"));
  const more = [identity.email, h("span", null, added), used, over];
  const act = removal(identity, name, context);
  return item({ glyph: providerMark(identity.provider), name, more, act });
}

/** @param {Identity} identity @param {string} name @param {Context} context */
function removal({ id, email }, name, context) {
  const act = async () => {
    try {
      await removeIdentity(client, id, stepUpFetch);
      toast(t("linked-removed", { name }));
    } catch (error) {
      if (!hasCode(error, "step_up_required")) toast(describe(error, "linked").text);
    }
    await context.reload();
  };
  const about = email ? `${name}, ${email}` : name;
  return confirming({ label: t("remove"), question: t("linked-remove-question", { name }), yes: t("remove"), about, act });
}

/** A provider that is not linked yet. @param {string} id */
function freeRow(id) {
  const name = providerName(id);
  const act = button(t("linked-add"), { kind: "plain", label: `${t("linked-add")}: ${name}`, press: () => explain(id) });
  return item({ glyph: providerMark(id), name, more: [t("linked-not")], act });
}

/** Someone has signed in to link this provider: it is offered once. @param {Identity[]} identities */
function offerWanted(identities) {
  const url = new URL(location.href);
  const wanted = url.searchParams.get(WANTED);
  if (!wanted) return;
  url.searchParams.delete(WANTED);
  history.replaceState(null, "", url);
  if (providerOf(wanted) && !identities.some(({ provider }) => provider === wanted)) explain(wanted);
}

/** Says what linking does, before the browser goes to the provider. @param {string} id */
function explain(id) {
  const name = providerName(id);
  const points = ["linked-does-sign-in", "linked-does-keep", "linked-does-warn"].map((text) => h("li", null, t(text, { name })));
  const entry = form([], [h("p", null, t("linked-explain", { name })), h("ul", { class: "stack tight" }, points)], {
    submit: t("linked-go", { name }),
    place: "linked",
    send: async () => {
      const address = await linkUrl(client, id, { returnTo: hereAgain("link", id) }, stepUpFetch);
      location.assign(address);
    },
  });
  const cancel = button(t("cancel"), { kind: "wide", press: () => shown.close() });
  const shown = openDialog(t("linked-explain-title", { name }), [entry.root, cancel]);
  shown.heading.focus();
}
