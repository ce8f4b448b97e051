/** Headers of a request that this application passes on to the server. */

import type { Complete } from "./config.js";

/** What of a browser's request the server needs. Nothing else leaves, above all no header that the server trusts. */
const PASSED = [
  "accept",
  "accept-language",
  "authorization",
  "content-type",
  "cookie",
  "idempotency-key",
  "if-none-match",
  "origin",
  "sec-fetch-mode",
  "sec-fetch-site",
  "user-agent",
  "x-correlation-id",
  "x-csrf-token",
];

export function upstreamHeaders(config: Pick<Complete, "application" | "clientAddress">, given: Headers): Headers {
  const headers = new Headers();
  for (const name of PASSED) {
    const value = given.get(name);
    if (value !== null) headers.set(name, value);
  }
  if (config.application) {
    headers.set("kindred-application", config.application);
    const address = config.clientAddress?.(given);
    if (address) headers.set("kindred-client-address", address);
    headers.set("kindred-client-user-agent", given.get("user-agent") ?? "");
  }
  return headers;
}
