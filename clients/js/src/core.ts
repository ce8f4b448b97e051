/** The parts of a client, as its functions pass them on. */

import type { Csrf } from "./csrf.js";
import type { Answer, Outgoing } from "./http.js";
import type { Position } from "./keys.js";
import type { Ports } from "./ports.js";
import type { Schedule } from "./schedule.js";
import type { Session } from "./session.js";

export interface Core {
  ports: Ports;
  /** The address of the server without a slash at its end. */
  url: string;
  isCookie: boolean;
  /** Where requests may carry the session. */
  origins: ReadonlySet<string>;
  session: Session;
  csrf: Csrf;
  schedule: Schedule;
  /** Sends a request to `/api/v1…`, with cookies and CSRF token or without both. */
  send(path: string, outgoing: Omit<Outgoing, "method"> & { method?: string }): Promise<Answer | undefined>;
  /** One refresh at a time. `from`: the position at which the caller's request failed. */
  refresh(from?: Position, correlationId?: string): Promise<void>;
}

export const CORRELATION = "X-Correlation-ID";

/** Headers for the session's access token, which cookies carry by themselves. */
export function authorization(core: Core): Record<string, string> {
  const token = core.isCookie ? undefined : core.session.accessToken();
  return token ? { Authorization: `Bearer ${token}` } : {};
}
