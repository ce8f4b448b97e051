/** Access tokens, verified here with the server's public keys. */

import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTVerifyGetKey } from "jose";
import type { Complete } from "./config.js";

export interface SessionClaims {
  userId: string;
  sessionId: string;
  roles: string[];
  /** 1 or 2 (NIST SP 800-63B). */
  aal: number;
  /** Seconds since 1970. */
  authTime: number;
  expiresAt: number;
}

/** `limited`: a session that must change its password or enroll a factor first, and may do nothing else. */
export type Verdict =
  | { kind: "valid"; session: SessionClaims }
  | { kind: "expired" | "missing" | "invalid" | "limited" };

export type Verify = (token: string | undefined) => Promise<Verdict>;

const KEYS_FOR = 5 * 60_000;
const CLAIMS = "https://kindred.dev/claims/";
/** Seconds by which clocks may differ. */
const SKEW = 30;

/**
 * A verifier that fetches the keys every five minutes, and when a token names a key that it does not know.
 *
 * A session that was revoked is accepted until its token expires. Operations for which that is too long ask the server
 * (`verify-token`).
 */
export function verifier(config: Pick<Complete, "url" | "issuer" | "audience" | "fetch">, now?: () => Date): Verify {
  const jwks = createRemoteJWKSet(new URL(`${config.url}/.well-known/jwks.json`), {
    cacheMaxAge: KEYS_FOR,
    timeoutDuration: 5_000,
    [customFetch]: (url, options) => config.fetch(url, options as RequestInit),
  });
  return (token) => verify(config, jwks, token, now?.());
}

async function verify(
  { issuer, audience }: Pick<Complete, "issuer" | "audience">,
  keys: JWTVerifyGetKey,
  token: string | undefined,
  currentDate = new Date(),
): Promise<Verdict> {
  if (!token) return { kind: "missing" };
  const requiredClaims = ["sub", "sid", "exp", "auth_time"];
  const options = { issuer, audience, typ: "at+jwt", clockTolerance: SKEW, requiredClaims, currentDate };
  try {
    const { payload } = await jwtVerify(token, keys, options);
    if (payload[`${CLAIMS}password_change_required`] || payload[`${CLAIMS}mfa_enrollment_required`]) {
      return { kind: "limited" };
    }
    const session: SessionClaims = {
      userId: payload.sub!,
      sessionId: String(payload["sid"]),
      roles: Array.isArray(payload["roles"]) ? payload["roles"].map(String) : [],
      aal: payload["acr"] === "aal2" ? 2 : 1,
      authTime: Number(payload["auth_time"]),
      expiresAt: payload.exp!,
    };
    return { kind: "valid", session };
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { kind: "expired" };
    // Keys that cannot be had say nothing about the token.
    if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) throw error;
    return { kind: "invalid" };
  }
}
