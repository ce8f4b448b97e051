/** The proxy without Next: a request gets a `Response`, or `undefined` if it is to be rendered. */

import { ruleFor, type Complete } from "./config.js";
import { cookie, sessionCookies } from "./cookies.js";
import { decide } from "./decide.js";
import { problem, redirect } from "./problem.js";
import { kindOf, safeReturnTo, withReturnTo } from "./request.js";
import { serverRefresh } from "./server-refresh.js";
import { verifier, type Verdict } from "./tokens.js";

export type Answer = (request: Request) => Promise<Response | undefined>;

/** Counts how often a navigation was sent to a refresh. It lives for half a minute. */
const TRIES = "kindred_tries";

export function answerer(config: Complete, now: () => Date = () => new Date()): Answer {
  const verify = verifier(config, now);
  return async (request) => {
    const { pathname, search, searchParams } = new URL(request.url);
    if (pathname === config.refreshPath) {
      if (!searchParams.has("noscript")) return undefined;
      return withoutScript(config, request, safeReturnTo(searchParams.get("returnTo"), config.origin));
    }
    const rule = ruleFor(config, pathname);
    if (!rule) return undefined;
    const header = request.headers.get("cookie") ?? "";
    const cookies = sessionCookies(config, header);
    let verdict: Verdict;
    try {
      verdict = await verify(cookies.access);
    } catch {
      return problem(503, "keys_unavailable", { retry_after: 1 });
    }
    const kind = kindOf(request.method, request.headers);
    const tries = triesOf(header);
    const facts = { kind, rule, verdict, tries, hasRefreshToken: !!cookies.refresh, now: now().getTime() / 1000 };
    const returnTo = safeReturnTo(pathname + search, config.origin);
    switch (decide(facts)) {
      case "pass":
        return undefined;
      case "refresh":
        return redirect(withReturnTo(config.refreshPath, returnTo), [tryAgain(config, tries + 1)]);
      case "login":
        return redirect(withReturnTo(config.loginPath, returnTo), [tryAgain(config, 0)]);
      case "step-up":
        return redirect(withReturnTo(config.stepUpPath, returnTo));
      case "unauthorized":
        return problem(401, verdict.kind === "missing" ? "token_missing" : "token_expired");
      case "not-recent":
        return problem(403, "step_up_required", { max_age: rule.maxAge });
      case "forbidden":
        return problem(403, "forbidden");
      case "nothing":
        return new Response(null, { status: 204, headers: { "cache-control": "private, no-store" } });
    }
  };
}

/** The refresh page's way for browsers without script. */
async function withoutScript(config: Complete, request: Request, returnTo: string): Promise<Response> {
  const { headers, url, method } = request;
  // Another site must not make the browser refresh, nor may a prefetch.
  const site = headers.get("sec-fetch-site");
  if (method !== "GET" || kindOf(method, headers) !== "navigation" || site === "cross-site") {
    return problem(403, "forbidden");
  }
  const tries = triesOf(headers.get("cookie") ?? "");
  const refreshed = await serverRefresh(config, headers);
  switch (refreshed.kind) {
    case "refreshed":
      return redirect(returnTo, [...refreshed.cookies, tryAgain(config, 0)]);
    case "ended":
      return redirect(withReturnTo(config.loginPath, returnTo), refreshed.cookies);
    case "raced": {
      // The browser has its new cookie by then. The first try was the redirect that led here.
      const again = new URL(url);
      if (tries < 3) return redirect(again.pathname + again.search, [tryAgain(config, tries + 1)]);
      return problem(503, "unavailable", { retry_after: 1 });
    }
    case "unavailable":
      return problem(503, "unavailable", { retry_after: 1 });
  }
}

function triesOf(header: string): number {
  const tries = Number(cookie(header, TRIES) ?? 0);
  return Number.isInteger(tries) && tries > 0 ? tries : 0;
}

function tryAgain({ origin }: Complete, tries: number): string {
  const secure = origin.startsWith("https:") ? "; Secure" : "";
  return `${TRIES}=${tries || ""}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${tries ? 30 : 0}${secure}`;
}
