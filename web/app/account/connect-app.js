/** Connects an authenticator app: a picture to scan, a key to type, and a code that proves it. */

import { h, replace } from "../dom.js";
import { guardedApi } from "../guarded.js";
import { icon } from "../icons.js";
import { describe, hasCode } from "../problems.js";
import { t } from "../texts.js";
import { banner } from "../ui/banner.js";
import { button, linkButton } from "../ui/button.js";
import { codeField } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { toast } from "../ui/toast.js";

/** @typedef {import("./words.js").Schemas["TotpEnrollmentBody"]} Enrollment */

/** @param {import("./wizard.js").Steps} steps */
export function connectApp(steps) {
  const place = h("div", { class: "stack" }, h("div", { class: "skeleton block", "aria-busy": "true" }));
  void begin(place, steps);
  return place;
}

/** @param {HTMLElement} place @param {import("./wizard.js").Steps} steps */
async function begin(place, steps) {
  try {
    const enrollment = await guardedApi("post", "/api/v1/me/mfa/totp");
    replace(place, parts(enrollment, steps));
    place.querySelector("input")?.focus();
  } catch (error) {
    if (hasCode(error, "step_up_required")) return steps.back();
    replace(place, h("div", { role: "alert" }, banner("danger", describe(error, "factor").text)));
  }
}

/** @param {Enrollment} enrollment @param {import("./wizard.js").Steps} steps */
function parts({ secret, otpauth_uri, qr_svg }, { connected }) {
  const picture = `data:image/svg+xml,${encodeURIComponent(qr_svg)}`;
  const isPhone = matchMedia("(pointer: coarse)").matches;
  const open = isPhone && linkButton(t("connect-totp-open"), otpauth_uri, "wide");
  const copy = () => navigator.clipboard.writeText(secret).then(() => toast(t("copied")), () => toast(t("copy-failed")));
  const key = h(
    "div",
    { class: "secret" },
    h("code", { "aria-label": t("connect-totp-key") }, secret.replace(/(.{4})(?=.)/g, "$1 ")),
    button([icon("copy", 18), t("copy")], { kind: "dense", press: copy }),
  );
  const field = codeField({ label: t("code-totp"), hint: t("connect-totp-code-hint"), onComplete: () => entry.submit() });
  const entry = form([field], [field.root], {
    submit: t("connect-totp-submit"),
    place: "connect",
    send: async () => {
      try {
        const { backup_codes } = await guardedApi("post", "/api/v1/me/mfa/totp/confirm", { body: { code: field.value() } });
        connected(backup_codes);
      } catch (error) {
        field.input.value = "";
        field.input.focus();
        throw error;
      }
    },
  });
  return [
    h("p", null, t("connect-totp-text")),
    h("img", { class: "qr", src: picture, width: 200, height: 200, alt: t("connect-totp-picture") }),
    open,
    h("div", { class: "stack tight" }, h("p", { class: "secondary small" }, t("connect-totp-by-hand")), key),
    entry.root,
  ];
}
