/** The token against cross-site request forgery that requests with cookies need. It is kept in memory only. */
import { problemOf } from "./http.js";
/**
 * @param fetchToken `GET /api/v1/auth/csrf`
 * @param failed runs before the request is repeated: what is cached of the session may be another one's.
 */
export function csrfTokens(fetchToken, failed) {
    let current;
    const token = async () => (current ??= (await fetchToken())?.body?.csrf_token);
    return {
        token,
        set: (next) => (current = next ?? undefined),
        send: async (request) => {
            const answer = await request(await token());
            if (problemOf(answer)?.code !== "csrf_failed")
                return answer;
            current = undefined;
            failed();
            return request(await token());
        },
    };
}
/** In bearer transport there is none. */
export const noCsrf = {
    send: (request) => request(undefined),
    token: async () => undefined,
    set: () => { },
};
