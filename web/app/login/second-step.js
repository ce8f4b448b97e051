/** The second step of a login, in the same card. */

import { verifyWithPasskey } from "../../vendor/kindred-client/kindred-client.js";
import { challengeIn } from "../captcha.js";
import { api, client } from "../client.js";
import { h, replace } from "../dom.js";
import { icon } from "../icons.js";
import { hasCode } from "../problems.js";
import { lasting, t } from "../texts.js";
import { banner } from "../ui/banner.js";
import { button } from "../ui/button.js";
import { checkbox, codeField } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { announce } from "../ui/toast.js";

/**
 * @typedef {import("../../vendor/kindred-client/types.js").Challenge} Challenge
 *
 * @typedef {object} Options
 * @property {string} who the address that was entered, or the provider that someone comes from
 * @property {boolean} [isFederated] whether another provider was the first step
 * @property {Challenge} challenge
 * @property {(captcha: HTMLElement) => Promise<Challenge | undefined>} [renew] the first step once more, if that is possible
 * @property {() => void} done
 * @property {(reason?: string) => void} back
 */

const ORDER = ["webauthn", "totp", "sms", "backup_code"];
/** Seconds before the end at which there is a warning. */
const WARN_AT = 60;

/** @param {Options} options */
export function secondStep({ who, isFederated = false, challenge, renew, done, back }) {
  const methods = ORDER.filter((method) => challenge.methods.includes(method));
  const place = h("div", { class: "stack" });
  const warning = h("div", { role: "alert" });
  const hint = t(isFederated ? "trust-device-hint-provider" : "trust-device-hint");
  const trust = checkbox(t("trust-device"), { name: "trust_device", hint });
  const captcha = h("div", { hidden: true });
  const current = { challenge };

  const runOut = () => back(t(isFederated ? "challenge-over-provider" : "challenge-over"));
  const extend = renew && (async () => {
    const next = await renew(captcha).catch(() => undefined);
    if (!next) return runOut();
    current.challenge = next;
    announce(t("challenge-renewed"));
    time.start(next.expires_in);
  });
  const time = limit(warning, extend);
  time.start(challenge.expires_in, runOut);

  const finish = () => {
    time.stop();
    done();
  };
  const over = (/** @type {unknown} */ error) => {
    if (!hasCode(error, "challenge_invalid")) throw error;
    time.stop();
    runOut();
  };
  const use = (/** @type {string} */ method) => {
    const steps = { current, captcha, trust: trust.input, finish, over };
    const part = method === "webauthn" ? passkeyStep(steps) : codeStep(method, steps);
    const others = methods.filter((other) => other !== method);
    replace(place, part.root, trust.root, others.length ? othersOf(others, use) : null);
    part.begin();
  };
  const whose = h(
    "p",
    { class: "row apart who" },
    h("b", null, who),
    button(t("not-you"), { kind: "plain dense", press: () => (time.stop(), back()) }),
  );
  const root = h("div", { class: "stack" }, h("h1", null, t("second-step-title")), whose, warning, place, captcha);
  return { root, begin: () => use(methods[0] ?? "totp") };
}

/**
 * Warns before a login runs out, and offers more time where there can be more.
 *
 * @param {HTMLElement} place
 * @param {(() => Promise<void>) | undefined} extend
 */
function limit(place, extend) {
  let timer = 0;
  /** @type {() => void} */
  let end = () => {};
  const stop = () => {
    clearInterval(timer);
    replace(place);
  };
  const start = (/** @type {number} */ seconds, over = end) => {
    stop();
    end = over;
    const last = Date.now() + seconds * 1000;
    let isWarned = false;
    timer = setInterval(() => {
      const rest = (last - Date.now()) / 1000;
      if (rest <= 0) {
        stop();
        over();
      } else if (rest <= WARN_AT && !isWarned) {
        isWarned = true;
        const more = extend ? [button(t("more-time"), { kind: "dense", press: extend })] : [];
        replace(place, banner("warning", t("challenge-ends", { time: lasting(rest) }), ...more));
      }
    }, 1000);
  };
  return { start, stop };
}

/**
 * @typedef {object} Steps
 * @property {{ challenge: Challenge }} current
 * @property {HTMLElement} captcha where a challenge can be shown
 * @property {HTMLInputElement} trust
 * @property {() => void} finish
 * @property {(error: unknown) => void} over
 */

/** @param {string} method @param {Steps} steps */
function codeStep(method, { current, captcha, trust, finish, over }) {
  const isWords = method === "backup_code";
  const sent = h("p", { class: "secondary", role: "status" }, t(`second-step-${method}`));
  const field = codeField({ label: t(`code-${method}`), isWords, onComplete: () => part.submit() });
  const part = form([field], [sent, field.root], {
    submit: t("verify"),
    place: "login",
    send: async () => {
      const { challenge_token } = current.challenge;
      const body = { challenge_token, method, code: field.value(), trust_device: trust.checked };
      try {
        await client.signIn("/auth/mfa/verify", body, challengeIn(captcha));
        finish();
      } catch (error) {
        field.input.value = "";
        over(error);
      }
    },
  });
  const request = async () => {
    const { challenge_token } = current.challenge;
    const answer = await api("post", "/api/v1/auth/mfa/challenge", { body: { challenge_token, method: "sms" } });
    if ("to" in answer) sent.textContent = t("second-step-sms-sent", { number: answer.to });
  };
  const begin = () => {
    field.input.focus();
    if (method === "sms") void request().catch(part.fail);
  };
  if (method === "sms") {
    const again = () => request().then(() => announce(t("sms-sent-again"))).catch(part.fail);
    part.root.append(button(t("sms-again"), { kind: "plain wide", press: again }));
  }
  return { root: part.root, begin };
}

/** @param {Steps} steps */
function passkeyStep({ current, captcha, trust, finish, over }) {
  const part = form([], [h("p", { class: "secondary" }, t("second-step-webauthn"))], {
    submit: t("method-webauthn-use"),
    place: "login",
    send: async () => {
      try {
        await verifyWithPasskey(client, current.challenge, trust.checked, challengeIn(captcha));
        finish();
      } catch (error) {
        if (!hasCode(error, "dismissed")) over(error);
      }
    },
  });
  part.button.prepend(icon("passkey"));
  return { root: part.root, begin: () => part.button.focus() };
}

/**
 * @param {string[]} others
 * @param {(method: string) => void} use
 */
function othersOf(others, use) {
  const rows = others.map((method) => button(t(`method-${method}`), { kind: "plain wide", press: () => use(method) }));
  return h("div", { class: "stack tight" }, h("p", { class: "or" }, t("another-way")), rows);
}
