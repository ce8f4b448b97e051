/** `<kindred-register>`: creates an account, and waits for the proof of the address. */

import { challengeIn, withCaptcha } from "../captcha.js";
import { api, client } from "../client.js";
import { config } from "../config.js";
import { h, show } from "../dom.js";
import { providerButtons } from "../federation/providers.js";
import { language, t } from "../texts.js";
import { linkButton } from "../ui/button.js";
import { foot, logo, setTitle } from "../ui/chrome.js";
import { passwordField, textField } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { beside, goOn } from "./onward.js";
import { termsBox } from "./terms.js";
import { waitingStep } from "./waiting.js";

class KindredRegister extends HTMLElement {
  #step = h("div");

  connectedCallback() {
    setTitle(t("register-title"));
    this.append(h("main", { class: "stage" }, h("article", { class: "card stack" }, logo(), this.#step), foot()));
    if (config.registration === "open") this.#enter();
    else this.#closed();
  }

  #closed() {
    const text = t(`register-${config.registration}`);
    const back = linkButton(t("back-to-login"), beside("/login"), "wide");
    show(this.#step, h("div", { class: "stack" }, h("h1", null, t("register-title")), h("p", null, text), back));
  }

  #enter() {
    const name = textField({ name: "display_name", label: t("display-name-optional"), autocomplete: "name", maxlength: 100 });
    const email = textField({
      name: "email",
      label: t("email"),
      type: "email",
      autocomplete: "username",
      inputmode: "email",
      missing: t("email-missing"),
    });
    const password = passwordField({
      name: "password",
      label: t("password"),
      autocomplete: "new-password",
      hint: t("new-password-hint", { count: config.password.minLength }),
      missing: t("password-missing"),
    });
    const terms = config.termsVersion ? termsBox() : undefined;
    const captcha = h("div", { hidden: true });
    const { root } = form([email, password, name], [email.root, password.root, name.root, terms?.root, captcha], {
      submit: t("register-submit"),
      place: "register",
      send: async () => {
        if (terms && !terms.isAccepted()) return;
        const entered = { email: email.value().trim(), password: password.value() };
        const shared = { ...entered, locale: language, transport: /** @type {const} */ ("cookie") };
        const body = { ...shared, display_name: name.value().trim() || null, accepted_terms: terms ? config.termsVersion : null };
        const send = (/** @type {string | undefined} */ token) =>
          api("post", "/api/v1/auth/register", { body: token ? { ...body, captcha_token: token } : body });
        const answer = await withCaptcha("register", captcha, send, config.captcha.registration);
        if (answer && "user" in answer) await this.#finish(entered, captcha);
        else this.#wait(entered);
      },
    });
    const known = h("p", { class: "secondary" }, t("register-known"), " ", h("a", { href: beside("/login") }, t("sign-in")));
    const why = h("p", { class: "secondary" }, t("register-why"));
    const step = h("div", { class: "stack" }, h("h1", null, t("register-title")), why, root, byProvider(), known);
    show(this.#step, step, { keepsFocus: true });
    email.input.focus();
  }

  /**
   * The account can be used at once.
   *
   * @param {{ email: string, password: string }} entered
   * @param {HTMLElement} captcha
   */
  async #finish(entered, captcha) {
    const challenge = await client.login(entered, challengeIn(captcha));
    if (challenge) location.assign(beside("/login"));
    else goOn();
  }

  /** @param {{ email: string, password: string }} entered */
  #wait(entered) {
    const step = waitingStep(entered, { done: goOn, change: () => this.#enter(), signIn: beside("/login") });
    show(this.#step, step);
  }
}

/** Providers lead back to the login page. */
function byProvider() {
  const buttons = config.pages.login ? providerButtons() : [];
  return buttons.length > 0 && h("div", { class: "stack" }, h("p", { class: "or" }, t("or")), h("div", { class: "stack tight" }, buttons));
}

customElements.define("kindred-register", KindredRegister);
