/** `@kindred/client/api`: the operations of the server, typed by its OpenAPI document. */

import type { Client } from "./client.js";
import { KindredError } from "./problem.js";
import type { paths } from "./schema.js";
import type { Problem } from "./types.js";

type Method = "get" | "post" | "put" | "patch" | "delete";
type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: { responses: unknown } } ? P : never;
}[keyof paths];
type Operation<P extends keyof paths, M extends Method> = paths[P] extends { [K in M]: infer O } ? O : never;

type Json<T> = T extends { content: { "application/json": infer Body } } ? Body : undefined;
type Success<O> = O extends { responses: infer R } ? Json<R[keyof R & (200 | 201 | 202 | 204)]> : never;
type Parameter<O, In extends string> = O extends { parameters: { [K in In]?: infer P } } ? NonNullable<P> : never;
type BodyOf<O> = O extends { requestBody?: { content: { "application/json": infer B } } } ? B : never;

export interface Input<O> {
  /** The values of `{…}` in the path. */
  path?: Parameter<O, "path">;
  query?: Parameter<O, "query">;
  body?: BodyOf<O>;
  /** 1 to 64 of `A-Z a-z 0-9 . _ -`; names the request, and a refresh for it, in the server's log. */
  correlationId?: string;
  signal?: AbortSignal;
}

export type Api = <M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
  input?: Input<Operation<P, M>>,
) => Promise<Success<Operation<P, M>>>;

/**
 * Calls operations of the server with the session of `client`.
 *
 * @throws KindredError with the code of the server's problem document, or `unreachable`.
 */
export function createApi(client: Client, fetch = client.fetch): Api {
  return async (method, path, input = {}) => {
    const { path: values = {}, query = {}, body, correlationId, signal } = input as Input<unknown>;
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(String((values as Record<string, unknown>)[name])),
    );
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value != null) search.set(name, String(value));
    const headers: Record<string, string> = {};
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (correlationId) headers["X-Correlation-ID"] = correlationId;
    const init: RequestInit = { method: method.toUpperCase(), headers, redirect: "error", cache: "no-store" };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (signal) init.signal = signal;
    const response = await fetch(`${client.url}${filled}${search.size ? `?${search}` : ""}`, init).catch((error) => {
      if (error instanceof KindredError || signal?.aborted) throw error;
      throw new KindredError("unreachable", 0, undefined, true);
    });
    return content(response);
  };
}

async function content<T>(response: Response): Promise<T> {
  const isJson = /json/.test(response.headers.get("Content-Type") ?? "");
  const json: unknown = isJson ? await response.json() : undefined;
  if (response.ok && (isJson || response.status === 204)) return json as T;
  const problem = json as Problem | undefined;
  const isTemporary = !problem?.code || response.status >= 500 || [408, 429].includes(response.status);
  throw new KindredError(problem?.code ?? "unreachable", response.status, problem, isTemporary, problem?.retry_after ?? undefined);
}
