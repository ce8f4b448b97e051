/** Changes the password. The other sessions end, this one goes on. */

import { changePassword } from "../../vendor/kindred-client/kindred-client.js";
import { client } from "../client.js";
import { config, page } from "../config.js";
import { h } from "../dom.js";
import { t } from "../texts.js";
import { banner } from "../ui/banner.js";
import { linkButton } from "../ui/button.js";
import { passwordField } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { toast } from "../ui/toast.js";
import { view as first } from "./first-credential.js";

/** @type {import("./account.js").View} */
export async function view(context) {
  // People who have come from another provider have no password that they could change.
  if (!context.me.has_password) return first(context);
  const isRequired = client.state().user?.password_must_change ?? false;
  const current = passwordField({ name: "current_password", label: t("password-current"), missing: t("password-missing") });
  const next = passwordField({
    name: "new_password",
    label: t("password-new"),
    autocomplete: "new-password",
    hint: t("new-password-hint", { count: config.password.minLength }),
    missing: t("password-missing"),
  });
  // So that a password manager knows whose password it is.
  const name = h("input", { type: "text", class: "visually-hidden", autocomplete: "username", value: context.me.email, tabindex: "-1", "aria-hidden": "true", readonly: true });
  const { root } = form([current, next], [name, current.root, next.root], {
    submit: t("password-change-submit"),
    place: "password-change",
    send: async (fail) => {
      try {
        await changePassword(client, current.value(), next.value());
      } catch (error) {
        fail(error);
        return;
      }
      toast(t("password-changed"));
      if (isRequired && config.returnTo) location.assign(config.returnTo);
      else context.go(isRequired ? "" : "/security");
    },
  });
  const why = isRequired ? banner("info", t("password-must-change")) : h("p", { class: "secondary" }, t("password-change-why"));
  const back = !isRequired && linkButton(t("cancel"), page("/account/security"), "plain");
  const card = h("div", { class: "card wizard stack" }, h("h1", null, t("password-change-title")), why, root, back);
  return card;
}
