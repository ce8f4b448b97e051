import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { createClient, memoryStore } from "@kindred/client";
import { repeatNextRequests } from "../src/browser.js";

const APP = "https://app.example.com";
const original = globalThis.fetch;
afterEach(() => void (globalThis.fetch = original));

/** An application whose access token has expired, until the client refreshes. */
function expiredApplication() {
  const sent: string[] = [];
  let isExpired = true;
  globalThis.fetch = (async (input: string | URL, init: RequestInit = {}) => {
    const { pathname } = new URL(input);
    sent.push(`${init.method ?? "GET"} ${pathname}`);
    if (pathname.endsWith("/csrf")) return Response.json({ csrf_token: "c" });
    if (pathname.endsWith("/refresh")) {
      isExpired = false;
      const session = { id: "s", generation: 2, aal: 1, amr: [], auth_time: "2026-01-01T00:00:00Z", expires_at: "2099-01-01T00:00:00Z" };
      return Response.json({ token_type: "Bearer", expires_in: 600, refresh_expires_in: 9, session, user: { id: "u" } });
    }
    return isExpired ? Response.json({ code: "token_expired" }, { status: 401 }) : Response.json({ ok: true });
  }) as typeof fetch;
  const idle = { isActive: () => false, onChange: () => () => {} };
  const client = createClient({ url: APP, transport: "cookie", store: memoryStore(), appState: idle });
  return { client, sent };
}

test("the router's requests and server actions refresh and repeat", async () => {
  for (const init of [{ headers: { rsc: "1" } }, { method: "POST", headers: { "next-action": "a" }, body: "[]" }]) {
    const { client, sent } = expiredApplication();
    const stop = repeatNextRequests(client);
    const path = `${init.method ?? "GET"} /account`;
    assert.equal((await fetch(`${APP}/account`, init)).status, 200);
    assert.deepEqual(sent.filter((line) => !line.endsWith("csrf")), [path, "POST /api/v1/auth/refresh", path]);
    stop();
  }
});

test("prefetches and other requests are left alone", async () => {
  const { client, sent } = expiredApplication();
  const before = globalThis.fetch;
  const stop = repeatNextRequests(client);
  assert.equal((await fetch(`${APP}/account`, { headers: { rsc: "1", "next-router-prefetch": "1" } })).status, 401);
  assert.equal((await fetch(`${APP}/own`)).status, 401);
  assert.deepEqual(sent, ["GET /account", "GET /own"]);
  stop();
  assert.equal(globalThis.fetch, before);
});
