// The same application in WebKitGTK, where there is one.

import { smoke, webkit } from "../webkit.js";

/** @param {import("../world.js").World} world */
export async function webKit(world) {
  if (!webkit) return "NOT RUN: there is no WebKitGTK with its driver, or no Xvfb";
  return smoke(world.server.origin, world.t, "gtk@example.com");
}

webKit.once = true;
webKit.settings = { environment: { KINDRED_ACCOUNTS__EMAIL_VERIFICATION: "optional" } };
