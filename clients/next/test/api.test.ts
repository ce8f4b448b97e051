import assert from "node:assert/strict";
import { test } from "node:test";
import { apiProxy } from "../src/api.js";
import { kit, type Sent } from "./kit.js";

const call = (init: RequestInit = {}, path = "/api/v1/me?x=1") => new Request(`https://app.example.com${path}`, init);

test("status, problem document and each cookie pass; what is internal does not", async () => {
  const answer = () => {
    const headers = new Headers({ "content-type": "application/problem+json", server: "kindred", "x-powered-by": "x", "retry-after": "3" });
    headers.append("set-cookie", "a=1; Path=/");
    headers.append("set-cookie", "b=2; Path=/");
    return new Response('{"code":"rate_limited"}', { status: 429, headers });
  };
  const { config } = kit({ "/api/v1/me": answer });
  const response = await apiProxy(config).GET(call());
  assert.deepEqual([response.status, await response.json()], [429, { code: "rate_limited" }]);
  assert.deepEqual(response.headers.getSetCookie(), ["a=1; Path=/", "b=2; Path=/"]);
  assert.deepEqual([response.headers.get("retry-after"), response.headers.get("cache-control")], ["3", "private, no-store"]);
  assert.deepEqual([response.headers.get("server"), response.headers.get("x-powered-by")], [null, null]);
});

test("headers that the server trusts do not come from the browser", async () => {
  const { config, sent } = kit({ "/api/v1/me": () => Response.json({}) }, {
    application: "app:secret",
    clientAddress: (headers) => headers.get("x-real-ip") ?? undefined,
  });
  const headers = {
    "x-real-ip": "192.0.2.7",
    "x-forwarded-for": "10.0.0.1",
    "kindred-application": "evil:secret",
    "kindred-client-address": "10.0.0.1",
    "user-agent": "Firefox",
    "idempotency-key": "k",
    "x-csrf-token": "c",
    cookie: "a=b",
  };
  await apiProxy(config).POST(call({ method: "POST", headers, body: "{}" }));
  const [got] = sent as [Sent];
  const seen = (name: string) => got.headers.get(name);
  assert.deepEqual([seen("kindred-application"), seen("kindred-client-address"), seen("kindred-client-user-agent")], ["app:secret", "192.0.2.7", "Firefox"]);
  assert.deepEqual([seen("x-forwarded-for"), seen("x-real-ip")], [null, null]);
  assert.deepEqual([seen("idempotency-key"), seen("x-csrf-token"), seen("cookie")], ["k", "c", "a=b"]);
});

test("a server that is away is 503 without a word about where it is", async () => {
  const response = await apiProxy(kit().config).GET(call());
  const body = await response.text();
  assert.equal(response.status, 503);
  assert.match(body, /"code":"unavailable"/);
  assert.doesNotMatch(body, /internal|8080/);
  assert.equal((await apiProxy(kit().config).GET(call({}, "/metrics"))).status, 404);
});
