/** `@kindred/next/api`: passes `/api/v1/…` on to the server, so that its cookies are the application's own. */

import { lazily, type Source } from "./config.js";
import { problem } from "./problem.js";
import { upstreamHeaders } from "./upstream.js";

/** What of the server's answer the browser gets, besides each line of `Set-Cookie`. */
const RETURNED = [
  "cache-control",
  "clear-site-data",
  "content-disposition",
  "content-type",
  "etag",
  "ratelimit",
  "ratelimit-policy",
  "retry-after",
  "www-authenticate",
  "x-correlation-id",
];

const PREFIX = "/api/v1/";

/** Handlers for `app/api/v1/[...path]/route.ts`. Status codes and problem documents pass unchanged. */
export function apiProxy(source: Source) {
  const configured = lazily(source, (config) => config);
  const handle = async (request: Request): Promise<Response> => {
    const config = configured();
    const { pathname, search } = new URL(request.url);
    if (!pathname.startsWith(PREFIX)) return problem(404, "not_found");
    const init: RequestInit & { duplex?: "half" } = {
      method: request.method,
      headers: upstreamHeaders(config, request.headers),
      redirect: "manual",
      cache: "no-store",
      signal: AbortSignal.any([request.signal, AbortSignal.timeout(30_000)]),
    };
    if (request.body) Object.assign(init, { body: request.body, duplex: "half" });
    try {
      return returned(await config.fetch(`${config.url}${pathname}${search}`, init));
    } catch (error) {
      // Whether it took effect is unknown, and where the server is does not matter to the browser.
      const isTimeout = error instanceof Error && error.name === "TimeoutError";
      return isTimeout ? problem(504, "unavailable", { retry_after: 1 }) : problem(503, "unavailable", { retry_after: 1 });
    }
  };
  return { GET: handle, HEAD: handle, POST: handle, PUT: handle, PATCH: handle, DELETE: handle };
}

function returned(answer: Response): Response {
  const headers = new Headers();
  for (const name of RETURNED) {
    const value = answer.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const cookies = answer.headers.getSetCookie();
  for (const line of cookies) headers.append("set-cookie", line);
  if (cookies.length) headers.set("cache-control", "private, no-store");
  return new Response(answer.body, { status: answer.status, headers });
}
