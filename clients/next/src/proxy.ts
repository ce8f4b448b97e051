/** `@kindred/next/proxy`: for the application's `proxy.ts`, on the Node runtime. */

import { NextResponse, type NextRequest } from "next/server.js";
import { answerer } from "./answer.js";
import { lazily, type Source } from "./config.js";

export type { Config, Rule, Source } from "./config.js";

/**
 * Protects the routes of `config.protect`, and lets the browser refresh where that is due.
 *
 * A proxy is no authorization: a route that is not matched, or that is reached in another way, passes it by. Call
 * `requireSession` wherever data is read or written.
 */
export function kindredProxy(source: Source): (request: NextRequest) => Promise<NextResponse | Response> {
  const parts = lazily(source, (config) => ({ config, answer: answerer(config) }));
  return async (request) => {
    const { config, answer } = parts();
    const response = await answer(request);
    // Next wants whole URLs, and behind a load balancer only the configuration knows the application's.
    const location = response?.headers.get("location");
    if (location) response!.headers.set("location", new URL(location, config.origin).href);
    return response ?? NextResponse.next();
  };
}
