/** The dialog that asks who is there, before something that a stolen session must not do. */

import { identities, stepUpUrl } from "../vendor/kindred-client/federation.js";
import { getCredential } from "../vendor/kindred-client/kindred-client.js";
import { api, client } from "./client.js";
import { config } from "./config.js";
import { h, replace } from "./dom.js";
import { linkOffer } from "./first-link.js";
import { icon } from "./icons.js";
import { describe, hasCode } from "./problems.js";
import { t } from "./texts.js";
import { banner } from "./ui/banner.js";
import { button, linkButton } from "./ui/button.js";
import { openDialog } from "./ui/dialog.js";
import { codeField, passwordField } from "./ui/fields.js";
import { form } from "./ui/form.js";

/**
 * @typedef {import("../vendor/kindred-client/step-up.js").Question} Question
 * @typedef {import("../vendor/kindred-client/step-up.js").Proof} Proof
 */

const ORDER = ["webauthn", "totp", "sms", "password", "federation", "backup_code"];

/**
 * The open dialog, which stays while the server looks at an answer, so that a wrong one can be corrected in it.
 *
 * @type {{ close: () => void, ask: (question: Question) => Promise<Proof | undefined>, isWaiting: () => boolean } | undefined}
 */
let open;

/** @param {Question} question */
export function ask(question) {
  open ??= openStepUp(question.methods);
  return open.ask(question);
}

/** A request has its answer: the dialog is no longer needed, unless someone is typing in it. */
export function settled() {
  if (open && !open.isWaiting()) open.close();
}

/** @param {string[]} available */
function openStepUp(available) {
  const methods = ORDER.filter((method) => available.includes(method));
  const place = h("div", { class: "stack" });
  /** @type {((proof: Proof | undefined) => void) | undefined} */
  let resolve;
  /** @type {((error: unknown) => void) | undefined} */
  let fail;
  const intro = h("p", { class: "secondary" }, t("step-up-why"));
  const shown = openDialog(t("step-up-title"), [intro, place], {
    onClose: () => {
      open = undefined;
      resolve?.(undefined);
    },
  });
  /** Hands an answer over, and stays busy until the next question or the end. @param {Proof} proof */
  const answer = (proof) =>
    new Promise((done, refuse) => {
      const give = resolve;
      resolve = undefined;
      fail = (error) => (error ? refuse(error) : done(undefined));
      give?.(proof);
    });
  const use = (/** @type {string} */ method) => {
    const others = methods.filter((other) => other !== method);
    const part = formOf(method, answer);
    replace(place, part.root, others.length ? othersOf(others, use) : null, cancel);
    part.begin();
  };
  const cancel = button(t("cancel"), { kind: "wide", press: () => shown.close() });
  if (available.length) use(methods[0] ?? "password");
  // They have come from a provider that cannot confirm again, and have nothing else.
  else replace(place, linkOffer(), cancel);
  return {
    close: () => shown.close(),
    isWaiting: () => resolve !== undefined,
    /** @param {Question} question @returns {Promise<Proof | undefined>} */
    ask: ({ error }) =>
      new Promise((next) => {
        resolve = next;
        if (error) fail?.(error);
        fail = undefined;
      }),
  };
}

/**
 * @param {string[]} others
 * @param {(method: string) => void} use
 */
function othersOf(others, use) {
  const rows = others.map((method) => button(t(`method-${method}`), { kind: "plain wide", press: () => use(method) }));
  return h("div", { class: "stack tight" }, h("p", { class: "or" }, t("another-way")), rows);
}

/**
 * @param {string} method
 * @param {(proof: Proof) => Promise<unknown>} answer
 */
function formOf(method, answer) {
  if (method === "webauthn") return passkeyForm(answer);
  if (method === "federation") return providerForm();
  if (method === "password") {
    const field = passwordField({ name: "password", label: t("password"), missing: t("password-missing") });
    const { root } = form([field], [field.root], {
      submit: t("step-up-confirm"),
      place: "step-up",
      send: async () => void (await answer({ method: "password", password: field.value() })),
    });
    return { root, begin: () => field.input.focus() };
  }
  const isWords = method === "backup_code";
  const field = codeField({ label: t(`code-${method}`), hint: t(`code-${method}-hint`), isWords, onComplete: () => part.submit() });
  const part = form([field], [field.root], {
    submit: t("step-up-confirm"),
    place: "step-up",
    send: async () => {
      const code = field.value();
      await answer({ method: /** @type {"totp"} */ (method), code }).finally(() => (field.input.value = ""));
    },
  });
  const begin = () => {
    field.input.focus();
    if (method === "sms") void api("post", "/api/v1/auth/step-up/challenge", { body: { method } }).catch(part.fail);
  };
  return { root: part.root, begin };
}

/** Another provider confirms who someone is. The browser goes there, and comes back to this page. */
function providerForm() {
  const place = h("div", { class: "stack tight" });
  const root = h("div", { class: "stack" }, h("p", null, t("step-up-provider")), place);
  const offer = async () => {
    const [known, providers] = await Promise.all([identities(client), import("./federation/providers.js")]);
    const able = config.providers.filter(({ id, reauthenticates }) => reauthenticates && known.some(({ provider, usable }) => usable && provider === id));
    const links = able.map(({ id, name }) => {
      const target = stepUpUrl(client, id, { returnTo: providers.hereAgain("step_up", id) });
      return linkButton([providers.providerMark(id), t("login-provider", { name })], target, "wide");
    });
    replace(place, links);
    links[0]?.focus();
  };
  const begin = () => void offer().catch((error) => replace(place, banner("danger", describe(error).text)));
  return { root, begin };
}

/** @param {(proof: Proof) => Promise<unknown>} answer */
function passkeyForm(answer) {
  const { root, button: press } = form([], [h("p", null, t("step-up-passkey"))], {
    submit: t("method-webauthn-use"),
    place: "step-up",
    send: async () => {
      const options = await api("post", "/api/v1/auth/step-up/challenge", { body: { method: "webauthn" } });
      const credential = await getCredential(options).catch((error) => {
        if (hasCode(error, "dismissed")) return undefined;
        throw error;
      });
      if (credential) await answer({ method: "webauthn", credential });
    },
  });
  press.prepend(icon("passkey"));
  return { root, begin: () => press.focus() };
}

