/** A mail with a link to a first password or passkey, for someone who has nothing to confirm with. */

import { api } from "./client.js";
import { h, replace } from "./dom.js";
import { t } from "./texts.js";
import { form } from "./ui/form.js";

/** @param {string} [code] that of a provider which did not confirm who is there */
export function linkOffer(code) {
  const place = h("div", { class: "stack" });
  const { root } = form([], [], {
    submit: t("forgot-submit"),
    place: "first-link",
    send: async () => {
      await api("post", "/api/v1/me/first-credential", { body: code ? { federation_code: code } : {} });
      replace(place, h("h2", null, t("check-mail-title")), h("p", { role: "status" }, t("mail-not-there")));
    },
  });
  place.append(h("p", null, t("step-up-none")), root);
  return place;
}
