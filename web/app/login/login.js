/** `<kindred-login>`: address and password, passkey, providers; then the second step in the same card. */

import { challengeIn } from "../captcha.js";
import { client } from "../client.js";
import { config } from "../config.js";
import { h, replace, show } from "../dom.js";
import { icon } from "../icons.js";
import { canUsePasskeys } from "../passkeys.js";
import { hasCode } from "../problems.js";
import { t } from "../texts.js";
import { banner } from "../ui/banner.js";
import { button } from "../ui/button.js";
import { foot, logo, setTitle } from "../ui/chrome.js";
import { passwordField, textField } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { beside, goOn } from "./onward.js";
import { loginByButton, offerPasskeys } from "./passkey.js";

/** @typedef {import("../../vendor/kindred-client/types.js").Challenge} Challenge */

class KindredLogin extends HTMLElement {
  #step = h("div");
  /** What was entered, kept for a step back and for more time. */
  #entered = { email: "", password: "" };
  /** @type {ReturnType<typeof offerPasskeys> | undefined} */
  #offer;
  /** @type {typeof import("../federation/providers.js") | undefined} */
  #federation;

  connectedCallback() {
    setTitle(t("login-title"));
    const card = h("article", { class: "card stack" }, logo(), this.#step);
    this.append(h("main", { class: "stage" }, card, foot()));
    void this.#begin();
  }

  async #begin() {
    // Fetched only where there are other providers: the page is to be small.
    if (config.providers.length) this.#federation = await import("../federation/providers.js").catch(() => undefined);
    const back = this.#federation?.takeBack();
    if (back) await this.#federated(back);
    else this.#first();
  }

  /** Someone comes back from another provider. @param {import("../federation/providers.js").Back} back */
  async #federated(back) {
    const { finishFederated } = await import("./federated.js");
    const captcha = h("div", { hidden: true });
    this.#step.after(captcha);
    await finishFederated({
      place: this.#step,
      captcha,
      back,
      done: goOn,
      second: (challenge, name) => this.#second(challenge, { provider: name }),
      again: (notice) => this.#first({ notice, isBack: true }),
    });
  }

  disconnectedCallback() {
    this.#offer?.stop();
  }

  /** @param {{ notice?: string | undefined, isBack?: boolean }} [how] */
  #first({ notice, isBack = false } = {}) {
    const email = textField({
      name: "email",
      label: t("email"),
      type: "email",
      autocomplete: "username webauthn",
      inputmode: "email",
      value: this.#entered.email,
      missing: t("email-missing"),
    });
    const forgotten = config.pages.forgotPassword && h("a", { href: beside("/forgot-password") }, t("forgot-link"));
    const password = passwordField({
      name: "password",
      label: t("password"),
      missing: t("password-missing"),
      ...(forgotten ? { aside: forgotten } : {}),
    });
    const captcha = h("div", { hidden: true });
    const shown = notice && h("div", { role: "alert" }, banner("warning", notice));
    const entry = form([email, password], [email.root, password.root, captcha], {
      submit: t("sign-in"),
      place: "login",
      send: async (fail) => {
        password.hide();
        if (shown) shown.remove();
        this.#entered = { email: email.value().trim(), password: password.value() };
        this.#offer?.pause();
        try {
          const challenge = await this.#logIn(captcha);
          if (challenge) await this.#second(challenge);
          else goOn();
        } catch (error) {
          if (hasCode(error, "email_not_verified")) return this.#unverified(entry.root);
          fail(error);
          password.input.select();
        }
      },
    });
    const place = h("div", { class: "stack" }, entry.root, this.#otherWays(entry.fail, captcha));
    const step = h("div", { class: "stack" }, h("h1", null, t("login-title")), shown, place);
    this.#offer?.stop();
    show(this.#step, step, { isBack, keepsFocus: true });
    (this.#entered.email ? password.input : email.input).focus();
    const offer = { field: email.input, captcha, done: goOn, fail: entry.fail };
    if (canUsePasskeys()) this.#offer = offerPasskeys(offer);
  }

  /** @param {HTMLElement} captcha */
  #logIn(captcha) {
    return client.login(this.#entered, challengeIn(captcha));
  }

  /**
   * @param {(error: unknown) => void} fail
   * @param {HTMLElement} captcha
   */
  #otherWays(fail, captcha) {
    const byPasskey = async () => {
      this.#offer?.pause();
      const isIn = await loginByButton(captcha).catch(fail);
      if (isIn) goOn();
      else this.#offer?.resume();
    };
    const passkey = canUsePasskeys() && button([icon("passkey"), t("login-passkey")], { kind: "wide", press: byPasskey });
    const providers = this.#federation?.providerButtons() ?? [];
    const canRegister = config.pages.register && config.registration === "open";
    return h(
      "div",
      { class: "stack" },
      passkey || providers.length ? h("p", { class: "or" }, t("or")) : null,
      h("div", { class: "stack tight" }, passkey, providers),
      canRegister && h("p", { class: "secondary" }, t("login-new"), " ", h("a", { href: beside("/register") }, t("login-register"))),
    );
  }

  /**
   * @param {Challenge} challenge
   * @param {{ provider?: string }} [first] the provider with which the login began, instead of a password
   */
  async #second(challenge, { provider } = {}) {
    this.#offer?.stop();
    const { secondStep } = await import("./second-step.js");
    const step = secondStep({
      who: provider ? t("second-step-provider", { name: provider }) : this.#entered.email,
      isFederated: !!provider,
      challenge,
      ...(provider ? {} : { renew: (captcha) => this.#logIn(captcha) }),
      done: goOn,
      back: (notice) => {
        if (!notice) this.#entered = { email: "", password: "" };
        this.#first({ notice, isBack: true });
      },
    });
    show(this.#step, step.root);
    step.begin();
  }

  /** The password was right, but the address is not verified yet. @param {HTMLElement} place */
  #unverified(place) {
    const captcha = h("div", { hidden: true });
    const again = async () => (await import("./resend.js")).resendVerification(this.#entered.email, captcha);
    const notice = banner("warning", t("error-email_not_verified"), button(t("verification-again"), { press: again }));
    const told = h("div", { role: "alert", tabindex: "-1" }, notice, captcha);
    replace(place, told);
    told.focus();
  }
}

customElements.define("kindred-login", KindredLogin);
