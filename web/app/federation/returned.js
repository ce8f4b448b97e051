/** What someone who is signed in has come back with: an identity to link, or the proof that it is them. */

import { completeLink, stepUpWithProvider } from "../../vendor/kindred-client/federation.js";
import { api, client, KindredError } from "../client.js";
import { h } from "../dom.js";
import { linkOffer } from "../first-link.js";
import { stepUpFetch } from "../guarded.js";
import { describe, hasCode } from "../problems.js";
import { t } from "../texts.js";
import { button } from "../ui/button.js";
import { openDialog } from "../ui/dialog.js";
import { toast } from "../ui/toast.js";
import { providerName } from "./providers.js";

/** @param {import("./providers.js").Back} back */
export async function settle({ purpose, provider, code, error }) {
  const name = providerName(provider);
  try {
    if (!code) throw new KindredError(error ?? "federation_failed");
    if (purpose === "link") await completeLink(client, code, undefined, stepUpFetch);
    else await stepUpWithProvider(client, code);
    toast(t(purpose === "link" ? "provider-linked" : "provider-confirmed", { name }));
  } catch (error) {
    const offer = purpose === "step_up" && code && hasCode(error, "federation_failed") && (await needsLink()) ? linkOffer(code) : null;
    tell(t(purpose === "link" ? "provider-not-linked" : "provider-not-confirmed", { name }), describe(error, `provider-${purpose}`).text, offer);
  }
}

/** Some providers let people sign in again and do not say so: then there may be nothing else to confirm with. */
async function needsLink() {
  const me = await api("get", "/api/v1/me").catch(() => undefined);
  return me ? !me.has_password : false;
}

/** Stays until it was read. @param {string} title @param {string} text @param {HTMLElement | null} offer a way out, with its own words */
function tell(title, text, offer) {
  const shown = openDialog(title, [offer ?? h("p", null, text), button(t("close"), { kind: "wide", press: () => shown.close() })]);
  shown.heading.focus();
}
