/** The page that waits until the link of a mail was opened, and goes on by itself. */

import { client } from "../client.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { hasCode } from "../problems.js";
import { t } from "../texts.js";
import { button, linkButton } from "../ui/button.js";
import { resendVerification } from "./resend.js";

/** Milliseconds between two looks; each is longer, since people find their mail soon or much later. */
const PAUSES = [5_000, 5_000, 10_000, 10_000, 20_000, 20_000, 40_000];
const LONGEST = 60_000;

/**
 * @param {{ email: string, password: string }} entered
 * @param {{ done: () => void, change: () => void, signIn: string }} ways
 */
export function waitingStep(entered, { done, change, signIn }) {
  const status = h("p", { class: "secondary", role: "status" }, t("waiting-status"));
  const captcha = h("div", { hidden: true });
  const again = () => resendVerification(entered.email, captcha);
  const root = h(
    "div",
    { class: "stack" },
    h("span", { class: "glyph accent" }, icon("mail")),
    h("h1", null, t("check-mail-title")),
    h("p", null, t("waiting-text", { address: entered.email })),
    status,
    button(t("verification-again"), { kind: "wide", press: again }),
    captcha,
    h("div", { class: "row apart" }, button(t("waiting-change"), { kind: "plain", press: change }), linkButton(t("sign-in"), signIn, "plain")),
  );
  watch(root, entered, done, () => {
    status.textContent = t("waiting-stopped");
  });
  return root;
}

/**
 * Looks whether the address is verified: with growing pauses, and at once when someone comes back to the page.
 *
 * @param {HTMLElement} root ends with it
 * @param {{ email: string, password: string }} entered
 * @param {() => void} done
 * @param {() => void} stop
 */
function watch(root, entered, done, stop) {
  let timer = 0;
  let looks = 0;
  let isLooking = false;
  const look = async () => {
    clearTimeout(timer);
    if (isLooking || document.visibilityState === "hidden") return;
    if (!root.isConnected && looks > 0) return end();
    isLooking = true;
    const wait = await isVerified(entered).finally(() => (isLooking = false));
    looks += 1;
    if (wait === "verified") {
      end();
      done();
    } else if (wait === "over") {
      end();
      stop();
    } else {
      timer = setTimeout(look, Math.max(wait, PAUSES[looks] ?? LONGEST));
    }
  };
  const end = () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", look);
    removeEventListener("focus", look);
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("focus", look);
  timer = setTimeout(look, PAUSES[0]);
}

/**
 * Logs in with what was entered, which the server refuses until the address is verified.
 *
 * @param {{ email: string, password: string }} entered
 * @returns {Promise<"verified" | "over" | number>} milliseconds to wait at least
 */
async function isVerified(entered) {
  try {
    await client.login(entered);
    return "verified";
  } catch (error) {
    if (hasCode(error, "email_not_verified")) return 0;
    // Others in the network have failed often. A CAPTCHA is not solved for a look that no one asked for.
    if (hasCode(error, "rate_limited", "captcha_required")) return 60_000;
    if (hasCode(error, "unreachable", "unavailable", "overloaded", "superseded")) return 10_000;
    return "over";
  }
}
