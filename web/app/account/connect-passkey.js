/** Creates a passkey. */

import { addPasskey } from "../../vendor/kindred-client/kindred-client.js";
import { client, KindredError } from "../client.js";
import { h } from "../dom.js";
import { stepUpFetch } from "../guarded.js";
import { icon } from "../icons.js";
import { hasCode } from "../problems.js";
import { t } from "../texts.js";
import { form } from "../ui/form.js";
import { signalPasskeys } from "./signal.js";

/** @param {import("./wizard.js").Steps} steps */
export function connectPasskey({ connected }) {
  const { root, button } = form([], [h("p", null, t("connect-webauthn-text"))], {
    submit: t("connect-webauthn-submit"),
    place: "passkey",
    send: async () => {
      try {
        const added = await addPasskey(client, undefined, stepUpFetch);
        void signalPasskeys();
        connected(added.backup_codes);
      } catch (error) {
        if (!hasCode(error, "dismissed", "step_up_required")) throw asProblem(error);
      }
    },
  });
  button.prepend(icon("passkey"));
  return root;
}

/** The browser's own refusals: the authenticator is enrolled already. @param {unknown} error */
function asProblem(error) {
  const isKnown = error instanceof DOMException && error.name === "InvalidStateError";
  return isKnown ? new KindredError("passkey_known") : error;
}
