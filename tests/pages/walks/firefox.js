// The same application in Firefox, where there is one.

import { firefox, smoke } from "../firefox.js";

/** @param {import("../world.js").World} world */
export async function otherBrowser(world) {
  if (!firefox) return "NOT RUN: there is no Firefox";
  return smoke(world.server.origin, world.t, "fox@example.com");
}

otherBrowser.once = true;
otherBrowser.settings = { environment: { KINDRED_ACCOUNTS__EMAIL_VERIFICATION: "optional" } };
