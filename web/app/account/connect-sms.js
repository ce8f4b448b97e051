/** Connects a phone number for codes by SMS. */

import { h, show } from "../dom.js";
import { guardedApi } from "../guarded.js";
import { hasCode } from "../problems.js";
import { t } from "../texts.js";
import { banner } from "../ui/banner.js";
import { button } from "../ui/button.js";
import { codeField, textField } from "../ui/fields.js";
import { form } from "../ui/form.js";

/** @param {import("./wizard.js").Steps} steps */
export function connectSms(steps) {
  const place = h("div");
  number(place, steps);
  return place;
}

/** @param {HTMLElement} place @param {import("./wizard.js").Steps} steps */
function number(place, steps) {
  const phone = textField({
    name: "phone",
    label: t("phone"),
    type: "tel",
    inputmode: "tel",
    autocomplete: "tel",
    hint: t("phone-hint"),
    missing: t("phone-missing"),
  });
  const warning = banner("warning", t("connect-sms-warning"));
  const { root } = form([phone], [warning, phone.root], {
    submit: t("connect-sms-submit"),
    place: "sms",
    send: async () => {
      try {
        const { to } = await guardedApi("post", "/api/v1/me/mfa/sms", { body: { phone: phone.value() } });
        confirm(place, to, steps);
      } catch (error) {
        if (!hasCode(error, "step_up_required")) throw error;
      }
    },
  });
  show(place, root, { keepsFocus: true });
}

/** @param {HTMLElement} place @param {string} to @param {import("./wizard.js").Steps} steps */
function confirm(place, to, steps) {
  const field = codeField({ label: t("code-sms"), onComplete: () => entry.submit() });
  const entry = form([field], [h("p", { role: "status" }, t("second-step-sms-sent", { number: to })), field.root], {
    submit: t("verify"),
    place: "connect",
    send: async () => {
      try {
        await guardedApi("post", "/api/v1/me/mfa/sms/confirm", { body: { code: field.value() } });
        steps.connected(null);
      } catch (error) {
        field.input.value = "";
        throw error;
      }
    },
  });
  entry.root.append(button(t("phone-other"), { kind: "plain wide", press: () => number(place, steps) }));
  show(place, entry.root, { keepsFocus: true });
  field.input.focus();
}
