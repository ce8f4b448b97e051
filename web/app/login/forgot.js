/** `<kindred-forgot-password>`: asks for the mail to set a new password. The answer tells no one who has an account. */

import { withCaptcha } from "../captcha.js";
import { api } from "../client.js";
import { config } from "../config.js";
import { h, show } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../texts.js";
import { linkButton } from "../ui/button.js";
import { foot, logo, setTitle } from "../ui/chrome.js";
import { textField } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { beside } from "./onward.js";

class KindredForgotPassword extends HTMLElement {
  #step = h("div");

  connectedCallback() {
    setTitle(t("forgot-title"));
    this.append(h("main", { class: "stage" }, h("article", { class: "card stack" }, logo(), this.#step), foot()));
    const email = textField({
      name: "email",
      label: t("email"),
      type: "email",
      autocomplete: "username",
      inputmode: "email",
      missing: t("email-missing"),
    });
    const captcha = h("div", { hidden: true });
    const { root } = form([email], [email.root, captcha], {
      submit: t("forgot-submit"),
      place: "forgot",
      send: async () => {
        const address = email.value().trim();
        const body = { email: address, transport: /** @type {const} */ ("cookie") };
        const send = (/** @type {string | undefined} */ token) =>
          api("post", "/api/v1/auth/password/forgot", { body: token ? { ...body, captcha_token: token } : body });
        await withCaptcha("forgot", captcha, send, config.captcha.forgot);
        this.#sent(address);
      },
    });
    const back = linkButton(t("back-to-login"), beside("/login"), "plain wide");
    const why = h("p", { class: "secondary" }, t("forgot-why"));
    show(this.#step, h("div", { class: "stack" }, h("h1", null, t("forgot-title")), why, root, back), { keepsFocus: true });
    email.input.focus();
  }

  /** @param {string} address */
  #sent(address) {
    const step = h(
      "div",
      { class: "stack" },
      h("span", { class: "glyph accent" }, icon("mail")),
      h("h1", null, t("check-mail-title")),
      h("p", { role: "status" }, t("forgot-sent", { address })),
      h("p", { class: "secondary" }, t("mail-not-there")),
      linkButton(t("back-to-login"), beside("/login"), "wide"),
    );
    show(this.#step, step);
  }
}

customElements.define("kindred-forgot-password", KindredForgotPassword);
