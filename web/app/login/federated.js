/** A login with another provider, after the browser has come back: all that may still be asked, in the card of the login. */

import { completeLogin, isAddressCheck } from "../../vendor/kindred-client/federation.js";
import { challengeIn } from "../captcha.js";
import { client, KindredError, zone } from "../client.js";
import { config, page } from "../config.js";
import { h, show } from "../dom.js";
import { providerMark, providerName } from "../federation/providers.js";
import { icon } from "../icons.js";
import { describe, hasCode } from "../problems.js";
import { language, t } from "../texts.js";
import { button, linkButton } from "../ui/button.js";
import { codeField, textField } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { termsBox } from "./terms.js";

/**
 * @typedef {import("../../vendor/kindred-client/types.js").Challenge} Challenge
 * @typedef {import("../../vendor/kindred-client/federation.js").LoginOptions} Entered
 *
 * @typedef {object} Ways
 * @property {Element} place
 * @property {HTMLElement} captcha where a challenge can be shown
 * @property {import("../federation/providers.js").Back} back
 * @property {() => void} done
 * @property {(challenge: Challenge, name: string) => Promise<void>} second
 * @property {(notice?: string) => void} again the first step of the login
 */

/** @param {Ways} ways */
export async function finishFederated(ways) {
  const { place, back, again } = ways;
  const { provider, code, error } = back;
  if (!code) return again(refusal(new KindredError(error ?? "federation_failed")));
  const name = providerName(provider);
  const waiting = h("p", { class: "secondary", role: "status" }, t("provider-finishing", { name }));
  show(place, step(providerMark(provider), t("login-title"), waiting));
  await complete(ways, code, {}).catch((error) => again(refusal(error)));
}

/**
 * Presents a code, and goes on as the server says. What can be put right where it was entered is thrown.
 *
 * @param {Ways} ways
 * @param {string} code
 * @param {Entered} entered
 */
async function complete(ways, code, entered) {
  const { place, captcha, back, done, second } = ways;
  const name = providerName(back.provider);
  try {
    const answer = await completeLogin(client, code, { ...zone, locale: language, captcha: challengeIn(captcha), ...entered });
    if (isAddressCheck(answer)) show(place, codeStep(ways, answer.code, entered));
    else if (answer) await second(answer, name);
    else done();
  } catch (error) {
    if (hasCode(error, "federation_email_missing")) show(place, addressStep(ways, code, entered));
    else if (needsTerms(error)) show(place, termsStep(ways, code, entered));
    else if (hasCode(error, "account_exists")) show(place, existsStep(ways));
    else throw error;
  }
}

/** @param {unknown} error */
function needsTerms(error) {
  const isAbout = error instanceof KindredError && error.problem?.errors?.some(({ field }) => field === "accepted_terms");
  return isAbout && hasCode(error, "validation_failed");
}

/** @param {unknown} error */
function refusal(error) {
  return describe(error, "provider").text;
}

/** What an answer in a form ends: the code of the provider no longer counts, so all begins again. */
const ENDS = ["federation_failed", "account_not_active", "forbidden", "mfa_reset_pending"];

/** @param {Ways} ways @param {string} code @param {Entered} entered */
async function proceed(ways, code, entered) {
  try {
    await complete(ways, code, entered);
  } catch (error) {
    if (!hasCode(error, ...ENDS)) throw error;
    ways.again(refusal(error));
  }
}

/** The provider has told no address. @param {Ways} ways @param {string} code @param {Entered} entered */
function addressStep(ways, code, entered) {
  const name = providerName(ways.back.provider);
  const email = textField({
    name: "email",
    label: t("email"),
    type: "email",
    autocomplete: "email",
    inputmode: "email",
    missing: t("email-missing"),
  });
  const { root } = form([email], [email.root], {
    submit: t("provider-address-submit"),
    place: "provider",
    send: () => proceed(ways, code, { ...entered, email: email.value().trim() }),
  });
  const why = h("p", null, t("provider-address-why", { name }));
  return step(icon("mail"), t("provider-address-title"), why, root, leave(ways));
}

/** A mail is on its way to the address. @param {Ways} ways @param {string} code @param {Entered} entered */
function codeStep(ways, code, { email, ...entered }) {
  const name = providerName(ways.back.provider);
  const sent = email ? t("provider-code-sent", { address: email }) : t("provider-code-sent-there", { name });
  const field = codeField({ label: t("provider-code"), hint: t("provider-code-hint"), isWords: true });
  const { root } = form([field], [field.root], {
    submit: t("verify"),
    place: "provider",
    members: { email_code: "code" },
    send: () => proceed(ways, code, { ...entered, email_code: field.value().trim() }),
  });
  const known = h("p", { class: "secondary" }, t("provider-code-known", { name }), " ", h("a", { href: loginToLink(ways) }, t("provider-exists-act")));
  return step(icon("mail"), t("check-mail-title"), h("p", { role: "status" }, sent), root, known, leave(ways));
}

/** An account is created, for which the terms must be accepted. @param {Ways} ways @param {string} code @param {Entered} entered */
function termsStep(ways, code, entered) {
  const terms = termsBox();
  const { root } = form([], [terms.root], {
    submit: t("register-submit"),
    place: "provider",
    send: async () => {
      if (terms.isAccepted()) await proceed(ways, code, { ...entered, accepted_terms: config.termsVersion ?? "" });
    },
  });
  return step(providerMark(ways.back.provider), t("register-title"), h("p", null, t("provider-terms-why")), root, leave(ways));
}

/** The account at the address has to be entered in another way before it gets this identity. @param {Ways} ways */
function existsStep(ways) {
  const name = providerName(ways.back.provider);
  const texts = [h("p", null, t("provider-exists-text", { name })), h("p", null, t("provider-exists-next", { name }))];
  const act = linkButton(t("provider-exists-act"), loginToLink(ways), "primary wide");
  return step(icon("user"), t("provider-exists-title"), texts, act, leave(ways));
}

/** The login after which the provider is offered for linking. @param {Ways} ways */
function loginToLink({ back }) {
  return page("/login", { returnTo: page("/account/security", { link: back.provider }) });
}

/** @param {Ways} ways */
function leave({ again }) {
  return button(t("back-to-login"), { kind: "plain wide", press: () => again() });
}

/**
 * @param {import("../dom.js").Child} sign
 * @param {string} title
 * @param {...(import("../dom.js").Child | import("../dom.js").Child[])} content
 */
function step(sign, title, ...content) {
  return h("div", { class: "stack" }, h("span", { class: "glyph accent" }, sign), h("h1", null, title), ...content);
}
