/** The first password or passkey of someone who has come from another provider and has neither; also behind the link of a mail. */

import { creationOptions, toJSON } from "../../vendor/kindred-client/kindred-client.js";
import { api, client } from "../client.js";
import { config, page } from "../config.js";
import { h, show } from "../dom.js";
import { linkOffer } from "../first-link.js";
import { guardedApi } from "../guarded.js";
import { icon } from "../icons.js";
import { canUsePasskeys } from "../passkeys.js";
import { hasCode } from "../problems.js";
import { t } from "../texts.js";
import { linkButton } from "../ui/button.js";
import { passwordField } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { toast } from "../ui/toast.js";
import { codesView } from "./backup-codes.js";
import { signalPasskeys } from "./signal.js";

/** @typedef {import("./account.js").Context} Context */

/** The token of the link that was opened in this page. @type {string | undefined} */
let token;

/** Takes the token out of the address: it belongs into no history. */
function takeToken() {
  const url = new URL(location.href);
  const found = url.searchParams.get("token");
  if (!found) return;
  token = found;
  url.searchParams.delete("token");
  history.replaceState(null, "", url);
}

/** @type {import("./account.js").View} */
export async function view(context) {
  takeToken();
  const place = h("div", { class: "stack" });
  const card = h("div", { class: "card wizard stack" }, h("h1", null, t("first-credential-title")), place);
  if (context.me.has_password) {
    place.append(linkButton(t("password-change-title"), page("/account/password"), "wide"));
    return card;
  }
  const back = linkButton(t("cancel"), page("/account/security"), "plain");
  place.append(passwordForm(context, place), h("p", { class: "or" }, t("or")), passkeyPart(context, place), back);
  return card;
}

/** @param {Context} context @param {HTMLElement} place */
function passwordForm(context, place) {
  const next = passwordField({
    name: "new_password",
    label: t("password-new"),
    autocomplete: "new-password",
    hint: t("new-password-hint", { count: config.password.minLength }),
    missing: t("password-missing"),
  });
  // So that a password manager knows whose password it is.
  const name = h("input", { type: "text", class: "visually-hidden", autocomplete: "username", value: context.me.email, tabindex: "-1", "aria-hidden": "true", readonly: true });
  const { root } = form([next], [name, next.root], {
    submit: t("password-first"),
    place: "first-credential",
    send: () => offeringLink(place, async () => {
      const new_password = next.value();
      if (token) await api("post", "/api/v1/me/first-credential/password", { body: { token, new_password } });
      else await guardedApi("post", "/api/v1/me/password", { body: { new_password } });
      token = undefined;
      toast(t("password-first-done"));
      context.go("/security");
    }),
  });
  return root;
}

/** @param {Context} context @param {HTMLElement} place */
function passkeyPart(context, place) {
  const label = [icon("passkey"), t("connect-webauthn-submit")];
  if (!token) return linkButton(label, page("/account/second-factors"), "wide");
  const { root, button: press } = form([], [], {
    submit: t("connect-webauthn-submit"),
    place: "first-credential",
    kind: "",
    send: () => offeringLink(place, () => addPasskey(context, place)),
  });
  press.prepend(icon("passkey"));
  press.disabled = !canUsePasskeys();
  return root;
}

/** The link stands in for the confirmation that a new passkey asks for. @param {Context} context @param {HTMLElement} place */
async function addPasskey(context, place) {
  if (!token) return;
  const { ceremony, options } = await api("post", "/api/v1/me/first-credential/passkey/options", { body: { token } });
  const { publicKey } = /** @type {{ publicKey: PublicKeyCredentialCreationOptionsJSON }} */ (/** @type {unknown} */ (options));
  const created = await navigator.credentials.create({ publicKey: creationOptions(publicKey) }).catch(dismissed);
  if (!created) return;
  const credential = toJSON(/** @type {PublicKeyCredential} */ (created));
  const { backup_codes } = await api("post", "/api/v1/me/first-credential/passkey", { body: { token, ceremony, credential, name: null } });
  token = undefined;
  void signalPasskeys();
  const done = async () => {
    if (client.state().user?.mfa_enrollment_required) await client.refresh();
    context.go("/security");
  };
  if (!backup_codes?.length) return done();
  show(place, h("div", { class: "stack" }, h("p", null, t("codes-explained")), codesView(backup_codes, () => void done())));
}

/** Someone has turned back. @param {unknown} error */
function dismissed(error) {
  if (error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "AbortError")) return null;
  throw error;
}

/**
 * Where the link does not work here, another one is offered beside the words for it.
 *
 * @param {HTMLElement} place
 * @param {() => Promise<unknown>} act
 */
async function offeringLink(place, act) {
  try {
    await act();
  } catch (error) {
    if (hasCode(error, "step_up_required")) return;
    if (token && hasCode(error, "challenge_invalid", "forbidden")) {
      token = undefined;
      place.append(linkOffer());
    }
    throw error;
  }
}
