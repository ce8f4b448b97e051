/** A server's keys and answers for the tests of the kit. */

import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { Config } from "../src/config.js";

export const NOW = 1_800_000_000;
export const ISSUER = "https://auth.example.com/";
const { publicKey, privateKey } = await generateKeyPair("ES256");
const other = await generateKeyPair("ES256");
export const JWKS = { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256", use: "sig" }] };

export interface TokenOptions {
  claims?: Record<string, unknown>;
  expiresIn?: number;
  typ?: string;
  issuer?: string;
  audience?: string;
  isForeign?: boolean;
}

export function token({ claims, expiresIn = 600, typ = "at+jwt", issuer = ISSUER, audience = "kindred", isForeign }: TokenOptions = {}) {
  const payload = { sid: "s1", auth_time: NOW - 60, acr: "aal1", roles: ["user"], ...claims };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: "ES256", typ, kid: "k1" })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject("u1")
    .setExpirationTime(NOW + expiresIn)
    .sign(isForeign ? other.privateKey : privateKey);
}

export interface Sent {
  method: string;
  path: string;
  headers: Headers;
}

/** A configuration whose server answers as the test says, and the requests that it got. */
export function kit(answers: Record<string, (sent: Sent) => Response> = {}, more: Partial<Config> = {}) {
  const sent: Sent[] = [];
  const fetch = async (input: string | URL | Request, init: RequestInit = {}) => {
    const { pathname: path } = new URL(String(input));
    const request = { method: init.method ?? "GET", path, headers: new Headers(init.headers) };
    sent.push(request);
    const answer = path === "/.well-known/jwks.json" ? Response.json(JWKS) : answers[path]?.(request);
    if (!answer) throw new TypeError(`fetch failed: kindred.internal:8080${path}`);
    return answer;
  };
  const config: Config = {
    url: "http://kindred.internal:8080/",
    issuer: ISSUER,
    origin: "https://app.example.com",
    secret: "a secret of the application, for tests only",
    protect: [{ path: "/admin", roles: ["admin"] }, { path: "/account/delete", maxAge: 300 }, { path: "/account" }],
    fetch: fetch as typeof globalThis.fetch,
    ...more,
  };
  return { config, sent };
}

export const NAVIGATION = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "empty", "sec-fetch-site": "same-origin" };

export function request(path: string, headers: Record<string, string> = NAVIGATION, cookies: Record<string, string> = {}) {
  const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`).join("; ");
  return new Request(`https://app.example.com${path}`, { headers: { ...headers, ...(cookie ? { cookie } : {}) } });
}
