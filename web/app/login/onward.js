/** Where a page goes on to after a login. The server has checked the target; without one it is the account. */

import { client } from "../client.js";
import { config, page } from "../config.js";

/** What the session must do before anything else comes first. */
export function goOn() {
  const user = client.state().user;
  const target = config.returnTo ?? page("/account");
  if (user?.password_must_change) location.assign(page("/account/password", { returnTo: config.returnTo }));
  else if (user?.mfa_enrollment_required) location.assign(page("/account/second-factors", { returnTo: config.returnTo }));
  else location.assign(target);
}

/** The address of a page beside this one, with the same target. @param {string} path */
export function beside(path) {
  return page(path, { returnTo: config.returnTo });
}
