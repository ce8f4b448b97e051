/** `@kindred/next/proxy`: for the application's `proxy.ts`, on the Node runtime. */

import { NextResponse, type NextRequest } from "next/server.js";
import { answerer } from "./answer.js";
import type { Config } from "./config.js";

export type { Config, Rule } from "./config.js";

/**
 * Protects the routes of `config.protect`, and lets the browser refresh where that is due.
 *
 * A proxy is no authorization: a route that is not matched, or that is reached in another way, passes it by. Call
 * `requireSession` wherever data is read or written.
 */
export function kindredProxy(config: Config): (request: NextRequest) => Promise<NextResponse | Response> {
  const answer = answerer(config);
  return async (request) => (await answer(request)) ?? NextResponse.next();
}
