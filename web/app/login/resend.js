/** Asks for the mail that verifies an address once more, and tells what came of it. */

import { withCaptcha } from "../captcha.js";
import { api } from "../client.js";
import { config } from "../config.js";
import { describe } from "../problems.js";
import { t } from "../texts.js";
import { toast } from "../ui/toast.js";

/**
 * @param {string} email
 * @param {HTMLElement} captcha where a challenge can be shown
 */
export async function resendVerification(email, captcha) {
  const send = (/** @type {string | undefined} */ token) =>
    api("post", "/api/v1/auth/email/verify/resend", { body: token ? { email, captcha_token: token } : { email } });
  try {
    await withCaptcha("forgot", captcha, send, config.captcha.forgot);
    toast(t("verification-sent-again"));
  } catch (error) {
    toast(describe(error).text);
  }
}
