/** One request to the server and what came of it. Nothing is repeated here. */
/** Milliseconds after which a request counts as lost. */
export const TIMEOUT = 10_000;
/** Sends one request. `undefined` if there was no answer in time, the signal fired, or it is no longer current. */
export async function exchange(ports, url, credentials, { body, method, headers, keepalive, signal, isCurrent }) {
    if (isCurrent?.() === false)
        return undefined;
    const sentAt = ports.clock.now();
    const abort = timeLimit(ports.clock, signal);
    try {
        const response = await ports.fetch(url, {
            method,
            headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
            credentials,
            signal: abort.signal,
            cache: "no-store",
            // Nothing of the API redirects. A portal that does must not get what was sent.
            redirect: "error",
            ...(keepalive ? { keepalive } : {}),
        });
        const isJson = response.status !== 204 && /json/.test(response.headers.get("Content-Type") ?? "");
        const content = isJson ? await response.json() : undefined;
        const retryAfter = Number(response.headers.get("Retry-After") ?? NaN);
        return { status: response.status, body: content, retryAfter: retryAfter >= 0 ? retryAfter : undefined, sentAt };
    }
    catch {
        return undefined;
    }
    finally {
        abort.done();
    }
}
/** A signal that fires with the other one, and when the time is over: an answer after that sets no cookie. */
function timeLimit(clock, other) {
    const controller = new AbortController();
    const stop = () => controller.abort();
    const cancel = clock.after(TIMEOUT, stop);
    if (other?.aborted)
        stop();
    other?.addEventListener("abort", stop);
    const done = () => {
        cancel();
        other?.removeEventListener("abort", stop);
    };
    return { signal: controller.signal, done };
}
/** The problem document of an answer, if it is one. */
export function problemOf(answer) {
    const problem = answer?.body;
    return answer && answer.status >= 400 && typeof problem?.code === "string" ? problem : undefined;
}
