/** What someone who is signed in has come back with: an identity to link, or the proof that it is them. */

import { completeLink, stepUpWithProvider } from "../../vendor/kindred-client/federation.js";
import { client, KindredError } from "../client.js";
import { h } from "../dom.js";
import { stepUpFetch } from "../guarded.js";
import { describe } from "../problems.js";
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
    tell(t(purpose === "link" ? "provider-not-linked" : "provider-not-confirmed", { name }), describe(error, `provider-${purpose}`).text);
  }
}

/** Stays until it was read. @param {string} title @param {string} text */
function tell(title, text) {
  const shown = openDialog(title, [h("p", null, text), button(t("close"), { kind: "wide", press: () => shown.close() })]);
  shown.heading.focus();
}
