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
  const first = (kind: string) => names(config, kind).map((name) => cookie(header, name)).find((value) => value);
  return { access: first("at"), refresh: first("rt") };
}

/** The full names of a cookie of the server, one for each generation that browsers may have. */
export function names({ origin, cookieGeneration }: Pick<Complete, "origin" | "cookieGeneration">, kind: string): string[] {
  const prefix = origin.startsWith("https:") ? "__Host-" : "";
  return [cookieGeneration].flat().map((generation) => `${prefix}kindred_${kind}_${generation}`);
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
