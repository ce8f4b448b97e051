/** Requests of the application. After 401 there is one refresh and one replay. */
import { authorization, CORRELATION } from "./core.js";
import { KindredError } from "./problem.js";
/** Refreshes in a row that were followed by another 401. After that many, a 401 is left to the application. */
const FRUITLESS = 2;
/** A 401 that is about what the user entered and not about the access token. */
export const ENTERED = ["invalid_credentials", "mfa_code_invalid", "challenge_invalid", "federation_failed"];
const SAFE = ["GET", "HEAD", "OPTIONS"];
/** A `fetch` that carries the session to the server, to `resources`, and to no other origin. */
export function sessionFetch(core) {
    let fruitless = 0;
    return async (input, init = {}) => {
        const request = typeof input === "object" && "url" in input ? input : undefined;
        const url = new URL(request?.url ?? String(input), globalThis.location?.href ?? core.url);
        const given = new Headers(init.headers ?? request?.headers);
        if (!core.origins.has(url.origin) || given.has("Authorization"))
            return core.ports.fetch(input, init);
        const method = (init.method ?? request?.method ?? "GET").toUpperCase();
        const needsCsrf = core.isCookie && !SAFE.includes(method) && url.href.startsWith(core.url);
        const canRepeat = !(typeof ReadableStream === "function" && init.body instanceof ReadableStream);
        const send = async () => {
            const headers = new Headers(given);
            const csrf = needsCsrf ? await core.csrf.token() : undefined;
            for (const [name, value] of Object.entries(authorization(core)))
                headers.set(name, value);
            if (csrf)
                headers.set("X-CSRF-Token", csrf);
            const credentials = core.isCookie ? { credentials: "include" } : {};
            return core.ports.fetch(request?.clone() ?? input, { ...init, ...credentials, headers });
        };
        const refresh = (from = core.session.knownPosition()) => core.refresh(from, given.get(CORRELATION) ?? undefined);
        if (core.schedule.isExpired())
            await refresh().catch(ignoreEnd);
        let sentAt = core.session.knownPosition();
        let response = await send();
        if (needsCsrf && canRepeat && response.status === 403 && (await codeOf(response)) === "csrf_failed") {
            core.csrf.set();
            await core.session.adopt();
            sentAt = core.session.knownPosition();
            response = await send();
        }
        if (response.status !== 401)
            fruitless = 0;
        else if (core.session.state().status !== "signed-out" && fruitless < FRUITLESS) {
            if (ENTERED.includes((await codeOf(response)) ?? ""))
                return response;
            const hasEnded = await refresh(sentAt).catch(ignoreEnd);
            if (hasEnded || !canRepeat)
                return response;
            response = await send();
            fruitless = response.status === 401 ? fruitless + 1 : 0;
        }
        return response;
    };
}
/** The session has ended: the application gets the server's 401. Everything else is no answer to its request. */
function ignoreEnd(error) {
    if (error instanceof KindredError && error.status === 401)
        return true;
    throw error;
}
async function codeOf(response) {
    const problem = await response.clone().json().catch(() => undefined);
    return problem?.code;
}
