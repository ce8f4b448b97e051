/**
 * A refresh by this server, for browsers without script only.
 *
 * It stores nothing, so its key follows from the cookie: parallel renders on any node get one successor. Someone with a copy
 * of the cookie and of the secret could compute the key as well, so the server accepts it for a minute only.
 */

import { createHmac } from "node:crypto";
import type { Complete } from "./config.js";
import { sessionCookies } from "./cookies.js";
import { upstreamHeaders } from "./upstream.js";

export type Refreshed =
  /** The lines of `Set-Cookie`, each of which is passed on. */
  | { kind: "refreshed"; cookies: string[] }
  /** Another request was faster: the browser comes again with its new cookie. */
  | { kind: "raced" }
  /** For certain; the lines delete the cookies. */
  | { kind: "ended"; cookies: string[] }
  | { kind: "unavailable" };

/** `d.` and the HMAC of the refresh token under the application's secret. */
export function derivedKey(secret: string, refreshToken: string): string {
  return `d.${createHmac("sha256", secret).update(`kindred refresh\0${refreshToken}`).digest("base64url")}`;
}

export async function serverRefresh(config: Complete, headers: Headers): Promise<Refreshed> {
  const token = sessionCookies(config, headers.get("cookie") ?? "").refresh;
  if (!token) return { kind: "ended", cookies: [] };
  try {
    const sent = upstreamHeaders(config, headers);
    const csrf = await config.fetch(`${config.url}/api/v1/auth/csrf`, { headers: sent, ...LIMITS() });
    const { csrf_token } = (await csrf.json()) as { csrf_token?: string };
    sent.set("x-csrf-token", csrf_token ?? "");
    sent.set("idempotency-key", derivedKey(config.secret, token));
    const answer = await config.fetch(`${config.url}/api/v1/auth/refresh`, { method: "POST", headers: sent, ...LIMITS() });
    const cookies = answer.headers.getSetCookie();
    if (answer.ok) return { kind: "refreshed", cookies };
    if (answer.status === 409) return { kind: "raced" };
    if (answer.status === 401) return { kind: "ended", cookies };
    return { kind: "unavailable" };
  } catch {
    return { kind: "unavailable" };
  }
}

const LIMITS = (): RequestInit => ({ signal: AbortSignal.timeout(10_000), redirect: "error", cache: "no-store" });
