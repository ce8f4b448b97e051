/** `@kindred/client/api`: the operations of the server, typed by its OpenAPI document. */
import { KindredError } from "./problem.js";
/**
 * Calls operations of the server with the session of `client`.
 *
 * @throws KindredError with the code of the server's problem document, or `unreachable`.
 */
export function createApi(client, fetch = client.fetch) {
    return async (method, path, input = {}) => {
        const { path: values = {}, query = {}, body, correlationId, signal } = input;
        const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(values[name])));
        const search = new URLSearchParams();
        for (const [name, value] of Object.entries(query))
            if (value != null)
                search.set(name, String(value));
        const headers = {};
        if (body !== undefined)
            headers["Content-Type"] = "application/json";
        if (correlationId)
            headers["X-Correlation-ID"] = correlationId;
        const init = { method: method.toUpperCase(), headers, redirect: "error", cache: "no-store" };
        if (body !== undefined)
            init.body = JSON.stringify(body);
        if (signal)
            init.signal = signal;
        const response = await fetch(`${client.url}${filled}${search.size ? `?${search}` : ""}`, init).catch((error) => {
            if (error instanceof KindredError || signal?.aborted)
                throw error;
            throw new KindredError("unreachable", 0, undefined, true);
        });
        return content(response);
    };
}
async function content(response) {
    const isJson = /json/.test(response.headers.get("Content-Type") ?? "");
    const json = isJson ? await response.json() : undefined;
    if (response.ok && (isJson || response.status === 204))
        return json;
    const problem = json;
    const isTemporary = !problem?.code || response.status >= 500 || [408, 429].includes(response.status);
    throw new KindredError(problem?.code ?? "unreachable", response.status, problem, isTemporary, problem?.retry_after ?? undefined);
}
