/** The server's cookies on the application's origin. */

import type { Complete } from "./config.js";

export interface SessionCookies {
  access: string | undefined;
  refresh: string | undefined;
}

/**
 * Reads the cookies as the server does: names are compared exactly and nothing is decoded, because another host of the site
 * can set what only decodes to such a name.
 */
export function sessionCookies(config: Pick<Complete, "origin" | "cookieGeneration">, header: string): SessionCookies {
  return { access: cookie(header, name(config, "at")), refresh: cookie(header, name(config, "rt")) };
}

/** The full name of a cookie of the server. */
export function name({ origin, cookieGeneration }: Pick<Complete, "origin" | "cookieGeneration">, kind: string): string {
  return `${origin.startsWith("https:") ? "__Host-" : ""}kindred_${kind}_${cookieGeneration}`;
}

export function cookie(header: string, name: string): string | undefined {
  for (const pair of header.split(";")) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).replace(/^[ \t]+|[ \t]+$/g, "") === name) {
      return pair.slice(at + 1).replace(/^[ \t]+|[ \t]+$/g, "") || undefined;
    }
  }
  return undefined;
}
