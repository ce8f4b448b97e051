/** Nothing of an account is shown without its session, also not by the cache of the back button. */

import { client } from "../client.js";
import { page } from "../config.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { hasText, t } from "../texts.js";
import { linkButton } from "../ui/button.js";

/** Set while an end of the session is expected, and told by the page itself. */
let isExpected = false;

/** @param {boolean} isSoon */
export function expectEnd(isSoon) {
  isExpected = isSoon;
}

/** @param {HTMLElement} root what is to be hidden */
export function guardSession(root) {
  client.subscribe(() => {
    if (client.state().status === "signed-out" && !isExpected) leave(root);
  });
  // What the browser keeps of this page for the back button shows nothing.
  addEventListener("pagehide", () => (root.hidden = true));
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) root.hidden = false;
    else void returned(root);
  });
}

/** @param {HTMLElement} root */
async function returned(root) {
  const before = client.state().user?.id;
  const { status, user } = await client.restore().catch(() => client.state());
  if (status === "signed-out" || user?.id !== before) location.reload();
  else root.hidden = false;
}

/** @param {HTMLElement} root */
function leave(root) {
  const { reason = "" } = client.state();
  const login = page("/login", { returnTo: location.pathname + location.search });
  if (reason === "logout" || !reason) return location.replace(page("/login"));
  const why = hasText(`ended-${reason}`) ? `ended-${reason}` : "ended-session_expired";
  const heading = h("h1", { tabindex: "-1" }, t("ended-title"));
  const card = h(
    "article",
    { class: "card stack" },
    h("span", { class: "glyph warning" }, icon("clock")),
    heading,
    h("p", null, t(why)),
    linkButton(t("sign-in-again"), login, "primary wide"),
  );
  document.querySelectorAll("dialog").forEach((dialog) => dialog.close());
  root.replaceWith(h("main", { class: "stage" }, card));
  heading.focus();
}
