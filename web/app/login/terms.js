/** The terms must be accepted in the version that is in force. */

import { config } from "../config.js";
import { h } from "../dom.js";
import { t } from "../texts.js";
import { banner } from "../ui/banner.js";
import { checkbox } from "../ui/fields.js";

export function termsBox() {
  const { termsUrl, privacyUrl } = config.product;
  const box = checkbox(t("terms-accept"), { name: "accepted_terms" });
  const links = [
    termsUrl && h("a", { href: termsUrl, target: "_blank", rel: "noopener" }, t("foot-terms")),
    privacyUrl && h("a", { href: privacyUrl, target: "_blank", rel: "noopener" }, t("foot-privacy")),
  ];
  const error = h("div", { role: "alert" });
  const root = h("div", null, box.root, h("p", { class: "row small" }, links), error);
  box.input.addEventListener("change", () => error.replaceChildren());
  const isAccepted = () => {
    if (box.input.checked) return true;
    error.replaceChildren(banner("danger", t("terms-missing")));
    box.input.focus();
    return false;
  };
  return { root, isAccepted };
}
