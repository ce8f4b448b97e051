/** Answers of the kit that are no pages. */

/** A problem document as the server's (RFC 9457). */
export function problem(status: number, code: string, members: object = {}): Response {
  const body = { type: `https://kindred.dev/problems/${code}`, title: code, status, detail: code, code, ...members };
  const headers = { "content-type": "application/problem+json", "cache-control": "private, no-store" };
  return new Response(JSON.stringify(body), { status, headers });
}

/** 303, which no cache keeps. */
export function redirect(location: string, cookies: string[] = []): Response {
  const headers = new Headers({ location, "cache-control": "private, no-store" });
  for (const line of cookies) headers.append("set-cookie", line);
  return new Response(null, { status: 303, headers });
}
