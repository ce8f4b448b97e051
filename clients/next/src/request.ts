/** What kind of request the browser makes, and where people are sent back to. */

export type Kind = "navigation" | "data" | "prefetch";

/**
 * A navigation shows a page, and may be answered with a redirect. Everything else is data, which a script waits for.
 *
 * Next removes its own headers before its proxy sees a request. Then the router's prefetches count as data, which is
 * answered without a refresh and without a redirect as well.
 *
 * `Sec-Fetch-Dest` is not asked, because it is `empty` for navigations that a service worker passes on.
 */
export function kindOf(method: string, headers: Headers): Kind {
  const purpose = headers.get("sec-purpose") ?? headers.get("purpose") ?? "";
  if (headers.has("next-router-prefetch") || purpose.startsWith("prefetch")) return "prefetch";
  if (headers.has("rsc") || headers.has("next-action") || headers.has("next-router-state-tree")) return "data";
  if (method !== "GET" && method !== "HEAD") return "data";
  const mode = headers.get("sec-fetch-mode");
  if (mode) return mode === "navigate" ? "navigation" : "data";
  return (headers.get("accept") ?? "").includes("text/html") ? "navigation" : "data";
}

/** A path of this application, or `/` for anything else, such as another host behind `//` or `/\`. */
export function safeReturnTo(text: string | null | undefined, origin: string): string {
  if (!text?.startsWith("/")) return "/";
  try {
    const url = new URL(text, origin);
    return url.origin === origin ? url.pathname + url.search : "/";
  } catch {
    return "/";
  }
}

/** A path of the kit with the way back. */
export function withReturnTo(path: string, returnTo: string): string {
  return `${path}?returnTo=${encodeURIComponent(returnTo)}`;
}
