/** Moves the account to another address, which must be confirmed by a link. */

import { page } from "../config.js";
import { h, show } from "../dom.js";
import { guardedApi } from "../guarded.js";
import { icon } from "../icons.js";
import { hasCode } from "../problems.js";
import { t } from "../texts.js";
import { linkButton } from "../ui/button.js";
import { textField } from "../ui/fields.js";
import { form } from "../ui/form.js";

/** @type {import("./account.js").View} */
export async function view({ me }) {
  const place = h("div");
  const address = textField({
    name: "new_email",
    label: t("address-new"),
    type: "email",
    inputmode: "email",
    autocomplete: "email",
    missing: t("email-missing"),
  });
  const { root } = form([address], [address.root], {
    submit: t("address-submit"),
    send: async () => {
      const new_email = address.value().trim();
      try {
        await guardedApi("post", "/api/v1/auth/email/change", { body: { new_email } });
        show(place, sent(new_email));
      } catch (error) {
        if (!hasCode(error, "step_up_required")) throw error;
      }
    },
  });
  const why = h("p", { class: "secondary" }, t("address-why", { email: me.email }));
  const cancel = linkButton(t("cancel"), page("/account/profile"), "plain");
  show(place, h("div", { class: "stack" }, h("h1", null, t("address-title")), why, root, cancel), { keepsFocus: true });
  return h("div", { class: "card wizard" }, place);
}

/** @param {string} address */
function sent(address) {
  return h(
    "div",
    { class: "stack" },
    h("span", { class: "glyph accent" }, icon("mail")),
    h("h1", null, t("check-mail-title")),
    h("p", { role: "status" }, t("address-sent", { address })),
    linkButton(t("done"), page("/account/profile"), "primary wide"),
  );
}
