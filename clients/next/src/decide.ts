/** What a request gets: a pure function of the request's kind, the rule of its route and its tokens. */

import type { Rule } from "./config.js";
import type { Kind } from "./request.js";
import type { Verdict } from "./tokens.js";

export type Decision =
  /** The page is rendered. This is no authorization: it checks again where it reads data. */
  | "pass"
  /** 303 to the page that refreshes by script. */
  | "refresh"
  /** 303 to the login. */
  | "login"
  /** 303 to the step-up. */
  | "step-up"
  /** 401 `token_expired`: the client refreshes and repeats. */
  | "unauthorized"
  /** 403 `step_up_required` */
  | "not-recent"
  | "forbidden"
  /** Nothing is prefetched that needs a refresh first. */
  | "nothing";

export interface Facts {
  kind: Kind;
  rule: Rule | undefined;
  verdict: Verdict;
  hasRefreshToken: boolean;
  /** How often this navigation has been sent to the refresh without success. */
  tries: number;
  /** Seconds since 1970. */
  now: number;
}

/** A browser that refuses cookies would go in circles. */
const MOST_TRIES = 2;

export function decide({ kind, rule, verdict, hasRefreshToken, tries, now }: Facts): Decision {
  if (!rule) return "pass";
  if (verdict.kind === "valid") {
    const { roles, authTime } = verdict.session;
    if (rule.roles && !rule.roles.some((role) => roles.includes(role))) return "forbidden";
    if (rule.maxAge === undefined || now - authTime <= rule.maxAge) return "pass";
    return kind === "navigation" ? "step-up" : "not-recent";
  }
  if (kind === "prefetch") return "nothing";
  if (kind === "data") return "unauthorized";
  const mayRefresh = hasRefreshToken && verdict.kind !== "limited" && tries < MOST_TRIES;
  return mayRefresh ? "refresh" : "login";
}
