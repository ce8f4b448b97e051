/** The token against cross-site request forgery that requests with cookies need. It is kept in memory only. */

import { problemOf, type Answer } from "./http.js";

export interface Csrf {
  /** Sends a request with the token. After 403 `csrf_failed` it fetches another one and sends it once more. */
  send(request: (token: string | undefined) => Promise<Answer | undefined>): Promise<Answer | undefined>;
  token(): Promise<string | undefined>;
  /** An answer brought the next token, or the present one is of no use. */
  set(token?: string | null): void;
}

/**
 * @param fetchToken `GET /api/v1/auth/csrf`
 * @param failed runs before the request is repeated: what is cached of the session may be another one's.
 */
export function csrfTokens(fetchToken: () => Promise<Answer | undefined>, failed: () => void): Csrf {
  let current: string | undefined;
  const token = async () =>
    (current ??= ((await fetchToken())?.body as { csrf_token?: string } | undefined)?.csrf_token);
  return {
    token,
    set: (next) => (current = next ?? undefined),
    send: async (request) => {
      const answer = await request(await token());
      if (problemOf(answer)?.code !== "csrf_failed") return answer;
      current = undefined;
      failed();
      return request(await token());
    },
  };
}

/** In bearer transport there is none. */
export const noCsrf: Csrf = {
  send: (request) => request(undefined),
  token: async () => undefined,
  set: () => {},
};
