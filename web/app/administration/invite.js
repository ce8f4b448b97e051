/** Invites someone by mail. */

import { h, newId } from "../dom.js";
import { guardedApi } from "../guarded.js";
import { hasCode } from "../problems.js";
import { t } from "../texts.js";
import { button } from "../ui/button.js";
import { openDialog } from "../ui/dialog.js";
import { textField } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { toast } from "../ui/toast.js";

const ROLES = /** @type {const} */ (["user", "support", "admin"]);

/** @param {() => void} [sent] */
export function openInvitation(sent) {
  const email = textField({ name: "email", label: t("email"), type: "email", inputmode: "email", missing: t("email-missing") });
  const id = newId();
  const select = h("select", { class: "input", id }, ROLES.map((role) => h("option", { value: role }, t(`role-${role}`))));
  const role = h("div", { class: "field" }, h("label", { for: id }, t("role")), select, h("p", { class: "hint" }, t("role-hint")));
  const entry = form([email], [email.root, role], {
    submit: t("invite-submit"),
    place: "invite",
    send: async () => {
      const chosen = ROLES.find((role) => role === select.value) ?? "user";
      const body = { email: email.value().trim(), roles: chosen === "user" ? [] : [chosen] };
      try {
        await guardedApi("post", "/api/v1/admin/invitations", { body });
      } catch (error) {
        if (hasCode(error, "step_up_required")) return;
        throw error;
      }
      shown.close();
      toast(t("invited", { address: body.email }));
      sent?.();
    },
  });
  const cancel = button(t("cancel"), { kind: "wide", press: () => shown.close() });
  const shown = openDialog(t("invite-title"), [h("p", { class: "secondary" }, t("invite-why")), entry.root, cancel]);
  email.input.focus();
}
