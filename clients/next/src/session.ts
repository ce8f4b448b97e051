/** `@kindred/next/session`: the session in server components, actions and handlers. */

import { cookies } from "next/headers.js";
import { redirect } from "next/navigation.js";
import { lazily, type Source } from "./config.js";
import { names } from "./cookies.js";
import { withReturnTo } from "./request.js";
import { verifier, type SessionClaims } from "./tokens.js";

export type { SessionClaims } from "./tokens.js";

export interface Requirement {
  /** Seconds since the user authenticated, at most. */
  maxAge?: number;
  /** One of these is required. */
  roles?: string[];
  /** Where people come back to after the login. */
  returnTo?: string;
}

export class Forbidden extends Error {
  override readonly name = "Forbidden";
}

/** The value of the first of these cookies that the request has. */
async function first(names: string[]): Promise<string | undefined> {
  const sent = await cookies();
  return names.map((name) => sent.get(name)?.value).find((value) => value);
}

/** The two functions of an application, which read the same configuration as its proxy. */
export function sessions(source: Source) {
  const parts = lazily(source, (config) => ({ config, verify: verifier(config) }));

  /** The session of the request, or `undefined`. */
  const currentSession = async (): Promise<SessionClaims | undefined> => {
    const { config, verify } = parts();
    const verdict = await verify(await first(names(config, "at")));
    return verdict.kind === "valid" ? verdict.session : undefined;
  };

  /**
   * The session of the request. Without one it redirects to the login, and to the step-up if the authentication is too old.
   *
   * @throws Forbidden without one of the roles.
   */
  const requireSession = async (requirement: Requirement = {}): Promise<SessionClaims> => {
    const { config } = parts();
    const { maxAge, roles, returnTo = "/" } = requirement;
    const session = await currentSession();
    if (!session) {
      const hasRefreshToken = await first(names(config, "rt"));
      redirect(withReturnTo(hasRefreshToken ? config.refreshPath : config.loginPath, returnTo));
    }
    if (roles && !roles.some((role) => session.roles.includes(role))) throw new Forbidden();
    if (maxAge !== undefined && Date.now() / 1000 - session.authTime > maxAge) {
      redirect(withReturnTo(config.stepUpPath, returnTo));
    }
    return session;
  };

  return { currentSession, requireSession };
}
