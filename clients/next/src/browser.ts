/** `@kindred/next/browser`: Next's own requests refresh and repeat after a 401. */

import type { Client } from "@kindred/client";

const REPEATS = Symbol("kindred");

/**
 * From now on the requests of Next's router and of server actions are sent with `client.fetch`: after a 401 of the proxy there
 * is one refresh and one replay. Prefetches stay as they are, and so does every other request. Returns what ends that.
 */
export function repeatNextRequests(client: Client): () => void {
  const original = globalThis.fetch;
  const repeating = (input: RequestInfo | URL, init: RequestInit & { [REPEATS]?: true } = {}) => {
    // `client.fetch` comes by here again.
    if (init[REPEATS] || !isOfNext(new Headers(init.headers))) return original(input, init);
    return client.fetch(input, { ...init, [REPEATS]: true } as RequestInit);
  };
  globalThis.fetch = repeating as typeof fetch;
  return () => {
    if (globalThis.fetch === repeating) globalThis.fetch = original;
  };
}

function isOfNext(headers: Headers): boolean {
  return (headers.has("rsc") || headers.has("next-action")) && !headers.has("next-router-prefetch");
}
